"""Papers cited by methods, checks, architectures, model cards and reports."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A paper.

    Parameters
    ----------
    key
        Authors and year, as cited: "Bach et al. 2015".
    authors, title, venue
        As on the paper; ``venue`` is a journal with volume and pages, a conference, or "preprint".
    identifier
        A DOI or an arXiv number, with its prefix; empty if there is none.
    """

    key: str
    authors: str
    title: str
    venue: str
    identifier: str = ""

    def __str__(self) -> str:
        year = self.key.rsplit(" ", 1)[1]
        parts = [f"{self.authors} ({year})", self.title, self.venue, self.identifier]
        return ". ".join(part for part in parts if part) + "."


REFERENCES: tuple[Reference, ...] = (
    Reference(
        "Abnar and Zuidema 2020",
        "S. Abnar, W. Zuidema",
        "Quantifying attention flow in transformers",
        "ACL",
        "arXiv:2005.00928",
    ),
    Reference(
        "Achanta et al. 2012",
        "R. Achanta, A. Shaji, K. Smith, A. Lucchi, P. Fua, S. Süsstrunk",
        "SLIC superpixels compared to state-of-the-art superpixel methods",
        "IEEE TPAMI 34:2274–2282",
        "doi:10.1109/TPAMI.2012.120",
    ),
    Reference(
        "Achtibat et al. 2023",
        "R. Achtibat, M. Dreyer, I. Eisenbraun, S. Bosse, T. Wiegand, W. Samek, S. Lapuschkin",
        "From attribution maps to human-understandable explanations through concept relevance propagation",
        "Nature Machine Intelligence 5:1006–1019",
        "doi:10.1038/s42256-023-00711-8",
    ),
    Reference(
        "Achtibat et al. 2024",
        "R. Achtibat, S. M. V. Hatefi, M. Dreyer, A. Jain, T. Wiegand, S. Lapuschkin, W. Samek",
        "AttnLRP: attention-aware layer-wise relevance propagation for transformers",
        "ICML",
        "arXiv:2402.05602",
    ),
    Reference(
        "Adebayo et al. 2018",
        "J. Adebayo, J. Gilmer, M. Muelly, I. Goodfellow, M. Hardt, B. Kim",
        "Sanity checks for saliency maps",
        "NeurIPS",
        "arXiv:1810.03292",
    ),
    Reference(
        "Ali et al. 2022",
        "A. Ali, T. Schnake, O. Eberle, G. Montavon, K.-R. Müller, L. Wolf",
        "XAI for transformers: better explanations through conservative propagation",
        "ICML",
        "arXiv:2202.07304",
    ),
    Reference(
        "Ancona et al. 2018",
        "M. Ancona, E. Ceolini, C. Öztireli, M. Gross",
        "Towards better understanding of gradient-based attribution methods for deep neural networks",
        "ICLR",
        "arXiv:1711.06104",
    ),
    Reference(
        "Arras et al. 2022",
        "L. Arras, A. Osman, W. Samek",
        "CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations",
        "Information Fusion 81:14–40",
        "arXiv:2003.07258",
    ),
    Reference(
        "Arun et al. 2021",
        "N. Arun, N. Gaw, P. Singh et al.",
        "Assessing the trustworthiness of saliency maps for localizing abnormalities in medical imaging",
        "Radiology: Artificial Intelligence 3:e200267",
        "doi:10.1148/ryai.2021200267",
    ),
    Reference(
        "Ayyar et al. 2021",
        "M. P. Ayyar, J. Benois-Pineau, A. Zemmari",
        (
            "Review of white box methods for explanations of convolutional neural networks in image "
            "classification tasks"
        ),
        "Journal of Electronic Imaging 30:050901",
        "arXiv:2105.02548",
    ),
    Reference(
        "Bach et al. 2015",
        "S. Bach, A. Binder, G. Montavon, F. Klauschen, K.-R. Müller, W. Samek",
        "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation",
        "PLoS ONE 10:e0130140",
        "doi:10.1371/journal.pone.0130140",
    ),
    Reference(
        "Baehrens et al. 2010",
        "D. Baehrens, T. Schroeter, S. Harmeling, M. Kawanabe, K. Hansen, K.-R. Müller",
        "How to explain individual classification decisions",
        "JMLR 11:1803–1831",
        "arXiv:0912.1128",
    ),
    Reference(
        "Böhle et al. 2019",
        "M. Böhle, F. Eitel, M. Weygandt, K. Ritter",
        (
            "Layer-wise relevance propagation for explaining deep neural network decisions in MRI-based "
            "Alzheimer's disease classification"
        ),
        "Frontiers in Aging Neuroscience 11:194",
        "doi:10.3389/fnagi.2019.00194",
    ),
    Reference(
        "Brankovic et al. 2025",
        "A. Brankovic, D. Cook, J. Rahman et al.",
        "Clinician-informed XAI evaluation checklist with metrics (CLIX-M) for AI-powered clinical decision "
        "support systems",
        "npj Digital Medicine 8:364",
        "doi:10.1038/s41746-025-01764-2",
    ),
    Reference(
        "Chambolle 2004",
        "A. Chambolle",
        "An algorithm for total variation minimization and applications",
        "Journal of Mathematical Imaging and Vision 20:89–97",
        "doi:10.1023/B:JMIV.0000011325.36760.1e",
    ),
    Reference(
        "Charachon et al. 2021",
        "M. Charachon, C. Hudelot, P.-H. Cournède, C. Ruppli, R. Ardon",
        (
            "Combining similarity and adversarial learning to generate visual explanation: application "
            "to medical image classification"
        ),
        "ICPR",
        "arXiv:2012.07332",
    ),
    Reference(
        "Chattopadhay et al. 2018",
        "A. Chattopadhay, A. Sarkar, P. Howlader, V. N. Balasubramanian",
        "Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks",
        "WACV",
        "arXiv:1710.11063",
    ),
    Reference(
        "Chefer et al. 2021",
        "H. Chefer, S. Gur, L. Wolf",
        "Generic attention-model explainability for interpreting bi-modal and encoder-decoder transformers",
        "ICCV",
        "arXiv:2103.15679",
    ),
    Reference(
        "Chen et al. 2019",
        "S. Chen, K. Ma, Y. Zheng",
        "Med3D: transfer learning for 3D medical image analysis",
        "preprint",
        "arXiv:1904.00625",
    ),
    Reference(
        "Coupé et al. 2010",
        "P. Coupé, J. V. Manjón, E. Gedamu, D. Arnold, M. Robles, D. L. Collins",
        "Robust Rician noise estimation for MR images",
        "Medical Image Analysis 14:483–493",
        "doi:10.1016/j.media.2010.03.001",
    ),
    Reference(
        "Dhamdhere et al. 2018",
        "K. Dhamdhere, M. Sundararajan, Q. Yan",
        "How important is a neuron?",
        "ICLR 2019",
        "arXiv:1805.12233",
    ),
    Reference(
        "Donoho 1995",
        "D. L. Donoho",
        "De-noising by soft-thresholding",
        "IEEE Transactions on Information Theory 41:613–627",
        "doi:10.1109/18.382009",
    ),
    Reference(
        "Draelos and Carin 2020",
        "R. L. Draelos, L. Carin",
        "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks",
        "preprint",
        "arXiv:2011.08891",
    ),
    Reference(
        "Gal and Ghahramani 2016",
        "Y. Gal, Z. Ghahramani",
        "Dropout as a Bayesian approximation: representing model uncertainty in deep learning",
        "ICML",
        "arXiv:1506.02142",
    ),
    Reference(
        "Klambauer et al. 2017",
        "G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter",
        "Self-normalizing neural networks",
        "NeurIPS",
        "arXiv:1706.02515",
    ),
    Reference(
        "Lakshminarayanan et al. 2017",
        "B. Lakshminarayanan, A. Pritzel, C. Blundell",
        "Simple and scalable predictive uncertainty estimation using deep ensembles",
        "NeurIPS",
        "arXiv:1612.01474",
    ),
    Reference(
        "Mulye and Valdenegro-Toro 2024",
        "M. Mulye, M. Valdenegro-Toro",
        "Uncertainty quantification for gradient-based explanations in neural networks",
        "preprint",
        "arXiv:2403.17224",
    ),
    Reference(
        "Taylor et al. 2023",
        "P. A. Taylor, R. C. Reynolds, V. Calhoun, J. Gonzalez-Castillo, D. A. Handwerker, P. A. Bandettini, "
        "A. F. Mejia, G. Chen",
        "Highlight results, don't hide them: enhance interpretation, reduce biases and improve "
        "reproducibility",
        "NeuroImage 274:120138",
        "doi:10.1016/j.neuroimage.2023.120138",
    ),
    Reference(
        "Çiçek et al. 2016",
        "Ö. Çiçek, A. Abdulkadir, S. S. Lienkamp, T. Brox, O. Ronneberger",
        "3D U-Net: learning dense volumetric segmentation from sparse annotation",
        "MICCAI",
        "arXiv:1606.06650",
    ),
    Reference(
        "Chlebus et al. 2019",
        "G. Chlebus, N. Abolmaali, A. Schenk, H. Meine",
        "Relevance analysis of MRI sequences for automatic liver tumor segmentation",
        "MIDL",
        "arXiv:1907.11773",
    ),
    Reference(
        "Cole et al. 2017",
        "J. H. Cole, R. P. K. Poudel, D. Tsagkrasoulis et al.",
        (
            "Predicting brain age with deep learning from raw imaging data results in a reliable and "
            "heritable biomarker"
        ),
        "NeuroImage 163:115–124",
        "doi:10.1016/j.neuroimage.2017.07.059",
    ),
    Reference(
        "Eitel et al. 2021",
        "F. Eitel, A. Melkonyan, K. Ritter",
        "Feature visualization for convolutional neural network models trained on neuroimaging data",
        "preprint",
        "",
    ),
    Reference(
        "Fedorov et al. 2017",
        "A. Fedorov, J. Johnson, E. Damaraju, A. Ozerin, V. Calhoun, S. Plis",
        "End-to-end learning of brain tissue segmentation from imperfect labeling",
        "IJCNN",
        "arXiv:1612.00940",
    ),
    Reference(
        "Erion et al. 2021",
        "G. Erion, J. D. Janizek, P. Sturmfels, S. M. Lundberg, S.-I. Lee",
        "Improving performance of deep learning models with axiomatic attribution priors and expected "
        "gradients",
        "Nature Machine Intelligence 3:620–631",
        "doi:10.1038/s42256-021-00343-w",
    ),
    Reference(
        "Fong and Vedaldi 2017",
        "R. C. Fong, A. Vedaldi",
        "Interpretable explanations of black boxes by meaningful perturbation",
        "ICCV",
        "arXiv:1704.03296",
    ),
    Reference(
        "Fong et al. 2019",
        "R. Fong, M. Patrick, A. Vedaldi",
        "Understanding deep networks via extremal perturbations and smooth masks",
        "ICCV",
        "arXiv:1910.08485",
    ),
    Reference(
        "Fuad et al. 2020",
        "K. A. A. Fuad, P.-E. Martin, R. Giot, R. Bourqui, J. Benois-Pineau, A. Zemmari",
        "Features understanding in 3D CNNs for actions recognition in video",
        "IPTA",
        "doi:10.1109/IPTA50016.2020.9286629",
    ),
    Reference(
        "Goodfellow et al. 2015",
        "I. J. Goodfellow, J. Shlens, C. Szegedy",
        "Explaining and harnessing adversarial examples",
        "ICLR",
        "arXiv:1412.6572",
    ),
    Reference(
        "He et al. 2016",
        "K. He, X. Zhang, S. Ren, J. Sun",
        "Deep residual learning for image recognition",
        "CVPR",
        "arXiv:1512.03385",
    ),
    Reference(
        "Hedström et al. 2024",
        "A. Hedström, L. Weber, S. Lapuschkin, M. M.-C. Höhne",
        "Sanity checks revisited: an exploration to repair the model parameter randomisation test",
        "preprint",
        "arXiv:2401.06465",
    ),
    Reference(
        "Hooker et al. 2019",
        "S. Hooker, D. Erhan, P.-J. Kindermans, B. Kim",
        "A benchmark for interpretability methods in deep neural networks",
        "NeurIPS",
        "arXiv:1806.10758",
    ),
    Reference(
        "Huang et al. 2017",
        "G. Huang, Z. Liu, L. van der Maaten, K. Q. Weinberger",
        "Densely connected convolutional networks",
        "CVPR",
        "arXiv:1608.06993",
    ),
    Reference(
        "Isensee et al. 2021",
        "F. Isensee, P. F. Jaeger, S. A. A. Kohl, J. Petersen, K. H. Maier-Hein",
        "nnU-Net: a self-configuring method for deep learning-based biomedical image segmentation",
        "Nature Methods 18:203–211",
        "doi:10.1038/s41592-020-01008-z",
    ),
    Reference(
        "Isensee et al. 2024",
        "F. Isensee, T. Wald, C. Ulrich, M. Baumgartner, S. Roy, K. Maier-Hein, P. F. Jaeger",
        "nnU-Net revisited: a call for rigorous validation in 3D medical image segmentation",
        "MICCAI",
        "arXiv:2404.09556",
    ),
    Reference(
        "Jiang et al. 2021",
        "P.-T. Jiang, C.-B. Zhang, Q. Hou, M.-M. Cheng, Y. Wei",
        "LayerCAM: exploring hierarchical class activation maps for localization",
        "IEEE Transactions on Image Processing 30:5875–5888",
        "doi:10.1109/TIP.2021.3089943",
    ),
    Reference(
        "Kerfoot et al. 2018",
        "E. Kerfoot, J. Clough, I. Oksuz, J. Lee, A. P. King, J. A. Schnabel",
        "Left-ventricle quantification using residual U-Net",
        "STACOM, MICCAI",
        "",
    ),
    Reference(
        "Kindermans et al. 2017",
        "P.-J. Kindermans, K. T. Schütt, M. Alber, K.-R. Müller, D. Erhan, B. Kim, S. Dähne",
        "Learning how to explain neural networks: PatternNet and PatternAttribution",
        "ICLR 2018",
        "arXiv:1705.05598",
    ),
    Reference(
        "Kohlbrenner et al. 2020",
        "M. Kohlbrenner, A. Bauer, S. Nakajima, A. Binder, W. Samek, S. Lapuschkin",
        "Towards best practice in explaining neural network decisions with LRP",
        "IJCNN",
        "arXiv:1910.09840",
    ),
    Reference(
        "Lekadir et al. 2025",
        "K. Lekadir, A. F. Frangi, A. R. Porras et al.",
        "FUTURE-AI: international consensus guideline for trustworthy and deployable artificial intelligence "
        "in healthcare",
        "BMJ 388:e081554",
        "doi:10.1136/bmj-2024-081554",
    ),
    Reference(
        "Lin et al. 2010",
        "Z. Lin, M. Chen, Y. Ma",
        "The augmented Lagrange multiplier method for exact recovery of corrupted low-rank matrices",
        "preprint",
        "arXiv:1009.5055",
    ),
    Reference(
        "Lundberg and Lee 2017",
        "S. M. Lundberg, S.-I. Lee",
        "A unified approach to interpreting model predictions",
        "NeurIPS",
        "arXiv:1705.07874",
    ),
    Reference(
        "Madry et al. 2018",
        "A. Madry, A. Makelov, L. Schmidt, D. Tsipras, A. Vladu",
        "Towards deep learning models resistant to adversarial attacks",
        "ICLR",
        "arXiv:1706.06083",
    ),
    Reference(
        "Montavon et al. 2017",
        "G. Montavon, S. Lapuschkin, A. Binder, W. Samek, K.-R. Müller",
        "Explaining nonlinear classification decisions with deep Taylor decomposition",
        "Pattern Recognition 65:211–222",
        "arXiv:1512.02479",
    ),
    Reference(
        "Montavon et al. 2019",
        "G. Montavon, A. Binder, S. Lapuschkin, W. Samek, K.-R. Müller",
        "Layer-wise relevance propagation: an overview",
        "Explainable AI, LNCS 11700:193–209",
        "doi:10.1007/978-3-030-28954-6_10",
    ),
    Reference(
        "Moosavi-Dezfooli et al. 2016",
        "S.-M. Moosavi-Dezfooli, A. Fawzi, P. Frossard",
        "DeepFool: a simple and accurate method to fool deep neural networks",
        "CVPR",
        "arXiv:1511.04599",
    ),
    Reference(
        "Mørch et al. 1995",
        "N. J. S. Mørch, U. Kjems, L. K. Hansen, C. Svarer, I. Law, B. Lautrup, S. Strother, K. Rehm",
        "Visualization of neural networks using saliency maps",
        "ICNN, vol. 4:2085–2090",
        "doi:10.1109/ICNN.1995.488997",
    ),
    Reference(
        "Peng et al. 2021",
        "H. Peng, W. Gong, C. F. Beckmann, A. Vedaldi, S. M. Smith",
        "Accurate brain age prediction with lightweight deep neural networks",
        "Medical Image Analysis 68:101871",
        "doi:10.1016/j.media.2020.101871",
    ),
    Reference(
        "Papernot and McDaniel 2018",
        "N. Papernot, P. McDaniel",
        "Deep k-nearest neighbors: towards confident, interpretable and robust deep learning",
        "preprint",
        "arXiv:1803.04765",
    ),
    Reference(
        "Kapishnikov et al. 2019",
        "A. Kapishnikov, T. Bolukbasi, F. Viégas, M. Terry",
        "XRAI: better attributions through regions",
        "ICCV",
        "arXiv:1906.02825",
    ),
    Reference(
        "Kapishnikov et al. 2021",
        "A. Kapishnikov, S. Venugopalan, B. Avci, B. Wedin, M. Terry, T. Bolukbasi",
        "Guided integrated gradients: an adaptive path method for removing noise",
        "CVPR",
        "arXiv:2106.09788",
    ),
    Reference(
        "Petsiuk et al. 2018",
        "V. Petsiuk, A. Das, K. Saenko",
        "RISE: randomized input sampling for explanation of black-box models",
        "BMVC",
        "arXiv:1806.07421",
    ),
    Reference(
        "Ribeiro et al. 2016",
        "M. T. Ribeiro, S. Singh, C. Guestrin",
        '"Why should I trust you?": explaining the predictions of any classifier',
        "KDD",
        "arXiv:1602.04938",
    ),
    Reference(
        "Samek et al. 2017",
        "W. Samek, A. Binder, G. Montavon, S. Lapuschkin, K.-R. Müller",
        "Evaluating the visualization of what a deep neural network has learned",
        "IEEE TNNLS 28:2660–2673",
        "arXiv:1509.06321",
    ),
    Reference(
        "Selvaraju et al. 2017",
        "R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra",
        "Grad-CAM: visual explanations from deep networks via gradient-based localization",
        "ICCV",
        "arXiv:1610.02391",
    ),
    Reference(
        "Shrikumar et al. 2016",
        "A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje",
        "Not just a black box: learning important features through propagating activation differences",
        "preprint",
        "arXiv:1605.01713",
    ),
    Reference(
        "Shrikumar et al. 2017",
        "A. Shrikumar, P. Greenside, A. Kundaje",
        "Learning important features through propagating activation differences",
        "ICML",
        "arXiv:1704.02685",
    ),
    Reference(
        "Shrikumar et al. 2018",
        "A. Shrikumar, J. Su, A. Kundaje",
        "Computationally efficient measures of internal neuron importance",
        "preprint",
        "arXiv:1807.09946",
    ),
    Reference(
        "Simonyan and Zisserman 2015",
        "K. Simonyan, A. Zisserman",
        "Very deep convolutional networks for large-scale image recognition",
        "ICLR",
        "arXiv:1409.1556",
    ),
    Reference(
        "Simonyan et al. 2013",
        "K. Simonyan, A. Vedaldi, A. Zisserman",
        "Deep inside convolutional networks: visualising image classification models and saliency maps",
        "preprint",
        "arXiv:1312.6034",
    ),
    Reference(
        "Sixt et al. 2020",
        "L. Sixt, M. Granz, T. Landgraf",
        "When explanations lie: why many modified BP attributions fail",
        "ICML",
        "arXiv:1912.09818",
    ),
    Reference(
        "Smilkov et al. 2017",
        "D. Smilkov, N. Thorat, B. Kim, F. Viégas, M. Wattenberg",
        "SmoothGrad: removing noise by adding noise",
        "preprint",
        "arXiv:1706.03825",
    ),
    Reference(
        "Springenberg et al. 2014",
        "J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller",
        "Striving for simplicity: the all convolutional net",
        "preprint",
        "arXiv:1412.6806",
    ),
    Reference(
        "Sundararajan et al. 2017",
        "M. Sundararajan, A. Taly, Q. Yan",
        "Axiomatic attribution for deep networks",
        "ICML",
        "arXiv:1703.01365",
    ),
    Reference(
        "Taylor 2019",
        "D. Taylor",
        "Brain ageing heat maps via deep Taylor decomposition",
        "Year project, University of Cape Town",
        "",
    ),
    Reference(
        "Tinauer et al. 2025",
        "C. Tinauer, M. Sackl, R. Stollberger, R. Schmidt, S. Ropele, C. Langkammer",
        "Skull-stripping induces shortcut learning in MRI-based Alzheimer's disease classification",
        "Insights into Imaging",
        "arXiv:2501.15831",
    ),
    Reference(
        "Turrisi et al. 2024",
        "R. Turrisi, A. Verri, A. Barla",
        "Deep learning-based Alzheimer's disease detection",
        "",
        "",
    ),
    Reference(
        "Vinogradova et al. 2020",
        "K. Vinogradova, A. Dibrov, G. Myers",
        "Towards interpretable semantic segmentation via gradient-weighted class activation mapping",
        "AAAI",
        "arXiv:2002.11434",
    ),
    Reference(
        "Vaswani et al. 2017",
        "A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser, I. Polosukhin",
        "Attention is all you need",
        "NeurIPS",
        "arXiv:1706.03762",
    ),
    Reference(
        "Yeh et al. 2019",
        "C.-K. Yeh, C.-Y. Hsieh, A. S. Suggala, D. I. Inouye, P. Ravikumar",
        "On the (in)fidelity and sensitivity of explanations",
        "NeurIPS",
        "arXiv:1901.09392",
    ),
    Reference(
        "Zeiler and Fergus 2014",
        "M. D. Zeiler, R. Fergus",
        "Visualizing and understanding convolutional networks",
        "ECCV",
        "arXiv:1311.2901",
    ),
    Reference(
        "Zhang et al. 2018",
        "J. Zhang, S. A. Bargal, Z. Lin, J. Brandt, X. Shen, S. Sclaroff",
        "Top-down neural attention by excitation backprop",
        "International Journal of Computer Vision 126:1084–1102",
        "arXiv:1608.00507",
    ),
    Reference(
        "Xu et al. 2020",
        "S. Xu, S. Venugopalan, M. Sundararajan",
        "Attribution in scale and space",
        "CVPR",
        "arXiv:2004.03383",
    ),
)
"""All papers that are cited."""

_CITATION = re.compile(r"[A-ZÇ][\w-]+(?:, [A-Z][\w-]+)*(?: and [A-Z][\w-]+| et al\.)? (?:19|20)\d\d")


def find_references(text: str) -> tuple[Reference, ...]:
    """Return the papers that a text cites by author and year, without duplicates, in order of citation.

    Examples
    --------
    >>> [paper.identifier for paper in find_references("Bach et al. 2015, eq. 58; Taylor 2019")]
    ['doi:10.1371/journal.pone.0130140', '']
    """
    papers = {paper.key: paper for paper in REFERENCES}
    return tuple(papers[key] for key in dict.fromkeys(_CITATION.findall(text)) if key in papers)
