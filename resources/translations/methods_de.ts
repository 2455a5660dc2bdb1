<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>methods</name>
    <message>
        <source>(network intensity)</source>
        <translation>(Intensität des Netzes)</translation>
    </message>
    <message>
        <source>Absolute</source>
        <translation>Betrag</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>Aktivierung</translation>
    </message>
    <message>
        <source>Adversarial</source>
        <translation>Adversarial</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>Anti-heatmap</source>
        <translation>Anti-Heatmap</translation>
    </message>
    <message>
        <source>Area</source>
        <translation>Fläche</translation>
    </message>
    <message>
        <source>Area weight</source>
        <translation>Gewicht der Fläche</translation>
    </message>
    <message>
        <source>Atlas</source>
        <translation>Atlas</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Attnlrp</source>
        <translation>AttnLRP</translation>
    </message>
    <message>
        <source>Attribution</source>
        <translation>Attribution</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>Baseline</translation>
    </message>
    <message>
        <source>Batch norm</source>
        <translation>Batch Norm</translation>
    </message>
    <message>
        <source>Bias</source>
        <translation>Bias</translation>
    </message>
    <message>
        <source>Black</source>
        <translation>Schwarz</translation>
    </message>
    <message>
        <source>Blur</source>
        <translation>Weichzeichnen</translation>
    </message>
    <message>
        <source>Blurred</source>
        <translation>Weichgezeichnet</translation>
    </message>
    <message>
        <source>Bounds</source>
        <translation>Grenzen</translation>
    </message>
    <message>
        <source>Cells</source>
        <translation>Zellen</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>Kanal</translation>
    </message>
    <message>
        <source>Channels</source>
        <translation>Kanäle</translation>
    </message>
    <message>
        <source>Compactness</source>
        <translation>Kompaktheit</translation>
    </message>
    <message>
        <source>Conserve</source>
        <translation>Erhalten</translation>
    </message>
    <message>
        <source>Cp-lrp</source>
        <translation>CP-LRP</translation>
    </message>
    <message>
        <source>Deconvnet</source>
        <translation>DeconvNet</translation>
    </message>
    <message>
        <source>Deletion</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Differenz</translation>
    </message>
    <message>
        <source>Distance</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>Each</source>
        <translation>Jede für sich</translation>
    </message>
    <message>
        <source>Epsilon</source>
        <translation>Epsilon</translation>
    </message>
    <message>
        <source>Estimator</source>
        <translation>Schätzer</translation>
    </message>
    <message>
        <source>Euclidean</source>
        <translation>Euklidisch</translation>
    </message>
    <message>
        <source>Fill</source>
        <translation>Füllung</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Fold</source>
        <translation>Einfalten</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Fraction</source>
        <translation>Anteil</translation>
    </message>
    <message>
        <source>Function</source>
        <translation>Funktion</translation>
    </message>
    <message>
        <source>Gamma</source>
        <translation>Gamma</translation>
    </message>
    <message>
        <source>Gausslegendre</source>
        <translation>Gauß-Legendre</translation>
    </message>
    <message>
        <source>Generators</source>
        <translation>Generatoren</translation>
    </message>
    <message>
        <source>Given</source>
        <translation>Gegeben</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>Gradient</translation>
    </message>
    <message>
        <source>Guided-backprop</source>
        <translation>Guided Backprop</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>High</source>
        <translation>Oben</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Input-times-gradient</source>
        <translation>Eingabe × Gradient</translation>
    </message>
    <message>
        <source>Jitter</source>
        <translation>Zufallsverschiebung</translation>
    </message>
    <message>
        <source>K</source>
        <translation>K</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Kernel</source>
        <translation>Kern</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>Labels</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>Lasso</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>Linear</translation>
    </message>
    <message>
        <source>Low</source>
        <translation>Unten</translation>
    </message>
    <message>
        <source>Mask resolution</source>
        <translation>Auflösung der Maske</translation>
    </message>
    <message>
        <source>Max steps</source>
        <translation>Höchstzahl Schritte</translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation>Maximum</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Minimum</source>
        <translation>Minimum</translation>
    </message>
    <message>
        <source>Noise</source>
        <translation>Rauschen</translation>
    </message>
    <message>
        <source>Norm</source>
        <translation>Norm</translation>
    </message>
    <message>
        <source>Overshoot</source>
        <translation>Überschuss</translation>
    </message>
    <message>
        <source>Pass</source>
        <translation>Durchreichen</translation>
    </message>
    <message>
        <source>Patterns</source>
        <translation>Muster</translation>
    </message>
    <message>
        <source>Penalty</source>
        <translation>Strafe</translation>
    </message>
    <message>
        <source>Perturbation</source>
        <translation>Störung</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Exponent</translation>
    </message>
    <message>
        <source>Preservation</source>
        <translation>Erhalten</translation>
    </message>
    <message>
        <source>Query</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>Rate</translation>
    </message>
    <message>
        <source>Recompute only where needed</source>
        <translation>Nur wo nötig neu rechnen</translation>
    </message>
    <message>
        <source>Rectify</source>
        <translation>Gleichrichten</translation>
    </message>
    <message>
        <source>References</source>
        <translation>Referenzen</translation>
    </message>
    <message>
        <source>Relative</source>
        <translation>Relativ</translation>
    </message>
    <message>
        <source>Rescale</source>
        <translation>Rescale</translation>
    </message>
    <message>
        <source>Reveal-cancel</source>
        <translation>RevealCancel</translation>
    </message>
    <message>
        <source>Reveal-cancel-dense</source>
        <translation>RevealCancel nach dichten</translation>
    </message>
    <message>
        <source>Ridge</source>
        <translation>Ridge</translation>
    </message>
    <message>
        <source>Riemann left</source>
        <translation>Riemann links</translation>
    </message>
    <message>
        <source>Riemann middle</source>
        <translation>Riemann Mitte</translation>
    </message>
    <message>
        <source>Riemann right</source>
        <translation>Riemann rechts</translation>
    </message>
    <message>
        <source>Riemann trapezoid</source>
        <translation>Riemann Trapez</translation>
    </message>
    <message>
        <source>Rivals</source>
        <translation>Rivalen</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Rule, dense layers</source>
        <translation>Regel, dichte Schichten</translation>
    </message>
    <message>
        <source>Rule, first layer</source>
        <translation>Regel, erste Schicht</translation>
    </message>
    <message>
        <source>Rule, lower convolutions</source>
        <translation>Regel, untere Faltungen</translation>
    </message>
    <message>
        <source>Rule, upper convolutions</source>
        <translation>Regel, obere Faltungen</translation>
    </message>
    <message>
        <source>Rules, individual layers</source>
        <translation>Regeln, einzelne Schichten</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Stichproben</translation>
    </message>
    <message>
        <source>Scales</source>
        <translation>Skalen</translation>
    </message>
    <message>
        <source>Scan</source>
        <translation>Scan</translation>
    </message>
    <message>
        <source>Segments</source>
        <translation>Segmente</translation>
    </message>
    <message>
        <source>Sign</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Signal</source>
        <translation>Signal</translation>
    </message>
    <message>
        <source>Signed</source>
        <translation>Mit Vorzeichen</translation>
    </message>
    <message>
        <source>Similar</source>
        <translation>Ähnlich</translation>
    </message>
    <message>
        <source>Smallest</source>
        <translation>Kleinste</translation>
    </message>
    <message>
        <source>Smoothness</source>
        <translation>Glattheit</translation>
    </message>
    <message>
        <source>Square</source>
        <translation>Quadrat</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>Start from layer or channel</source>
        <translation>Von Schicht oder Kanal ausgehen</translation>
    </message>
    <message>
        <source>Statistic</source>
        <translation>Statistik</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stride</source>
        <translation>Schrittweite</translation>
    </message>
    <message>
        <source>Sum</source>
        <translation>Summe</translation>
    </message>
    <message>
        <source>Surrogate</source>
        <translation>Ersatzmodell</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>Toleranz</translation>
    </message>
    <message>
        <source>Two-component</source>
        <translation>Zwei Komponenten</translation>
    </message>
    <message>
        <source>Unsupported operators</source>
        <translation>Operatoren ohne Regel</translation>
    </message>
    <message>
        <source>Use the derivative</source>
        <translation>Die Ableitung nehmen</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Variance</source>
        <translation>Varianz</translation>
    </message>
    <message>
        <source>W-square</source>
        <translation>w²</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Z-box</source>
        <translation>z^B</translation>
    </message>
    <message>
        <source>Z-plus</source>
        <translation>z⁺</translation>
    </message>
    <message>
        <source>Zero</source>
        <translation>Null</translation>
    </message>
    <message>
        <source>account for networks not being linear: a saturated neuron gives its voxels nothing</source>
        <translation>berücksichtigen, dass Netze nicht linear sind: ein gesättigtes Neuron gibt seinen Voxeln nichts</translation>
    </message>
    <message>
        <source>activation</source>
        <translation>Aktivierung</translation>
    </message>
    <message>
        <source>added to every denominator, with its sign</source>
        <translation>wird zu jedem Nenner mit dessen Vorzeichen addiert</translation>
    </message>
    <message>
        <source>adversarial</source>
        <translation>Adversarial</translation>
    </message>
    <message>
        <source>anti-heatmap: the map is negative, to be displayed from −1 to 0; use the target min for the least likely class</source>
        <translation>Anti-Heatmap: die Karte ist negativ, von −1 bis 0 darzustellen; mit dem Ziel min für die unwahrscheinlichste Klasse</translation>
    </message>
    <message>
        <source>approximate number of supervoxels</source>
        <translation>ungefähre Anzahl von Supervoxeln</translation>
    </message>
    <message>
        <source>approximate number of supervoxels at the finest scale</source>
        <translation>ungefähre Zahl der Supervoxel auf der feinsten Skala</translation>
    </message>
    <message>
        <source>area weight: how strictly the area is enforced at the end</source>
        <translation>Gewicht der Fläche: wie streng die Fläche am Ende erzwungen wird</translation>
    </message>
    <message>
        <source>at rectifiers: rescale, or RevealCancel after dense layers or after every layer, which propagates cancelling parts separately</source>
        <translation>an Gleichrichtern: Rescale, oder RevealCancel nach dichten oder nach allen Schichten, das sich aufhebende Teile getrennt weiterführt</translation>
    </message>
    <message>
        <source>atlas file: its regions are used instead of supervoxels</source>
        <translation>Atlasdatei: ihre Regionen werden statt Supervoxeln genommen</translation>
    </message>
    <message>
        <source>attention of transformers: cp-lrp holds the attention weights constant, so that relevance flows through the values only; attnlrp also gives relevance to queries and keys, and its softmax absorbs a part</source>
        <translation>Aufmerksamkeit von Transformern: cp-lrp hält ihre Gewichte konstant, sodass die Relevanz nur durch die Werte fließt; attnlrp gibt auch Anfragen und Schlüsseln Relevanz, und ihr Softmax nimmt einen Teil auf</translation>
    </message>
    <message>
        <source>attribution</source>
        <translation>Attribution</translation>
    </message>
    <message>
        <source>be better than its generators, which explain the prediction whatever the target</source>
        <translation>besser sein als ihre Generatoren, welche die Vorhersage erklären, gleich für welches Ziel</translation>
    </message>
    <message>
        <source>be compared between scans as integrated gradients can: the path differs from scan to scan</source>
        <translation>zwischen Scans verglichen werden wie integrierte Gradienten: der Pfad ist bei jedem Scan ein anderer</translation>
    </message>
    <message>
        <source>be distinguished from a blur of the gradient over noisy scans</source>
        <translation>von einem über verrauschte Scans weichgezeichneten Gradienten unterschieden werden</translation>
    </message>
    <message>
        <source>be finer than its parts; few samples make it noisy, and occluded scans look unnatural</source>
        <translation>feiner sein als ihre Teile; wenige Stichproben machen sie verrauscht, und verdeckte Scans sehen unnatürlich aus</translation>
    </message>
    <message>
        <source>be finer than its supervoxels; the values are means over them and do not add up to the output</source>
        <translation>feiner sein als ihre Supervoxel; die Werte sind Mittel über diese und ergeben zusammen nicht die Ausgabe</translation>
    </message>
    <message>
        <source>be finer than the layer it uses</source>
        <translation>feiner sein als die Schicht, die sie nutzt</translation>
    </message>
    <message>
        <source>be finer than the layer it uses, or be interpreted without its baseline</source>
        <translation>feiner sein als die Schicht, die sie nutzt, oder ohne ihre Baseline gedeutet werden</translation>
    </message>
    <message>
        <source>be interpreted without its baseline: another baseline gives another map</source>
        <translation>ohne ihre Baseline gedeutet werden: eine andere Baseline gibt eine andere Karte</translation>
    </message>
    <message>
        <source>be interpreted without its reference: another reference gives another map</source>
        <translation>ohne ihre Referenz gedeutet werden: eine andere Referenz gibt eine andere Karte</translation>
    </message>
    <message>
        <source>be reduced to a single formula: the choice of rules is part of the result</source>
        <translation>auf eine einzige Formel zurückgeführt werden: die Wahl der Regeln ist Teil des Ergebnisses</translation>
    </message>
    <message>
        <source>be relied on alone: it changes little when the network&apos;s upper layers are randomised</source>
        <translation>allein als verlässlich gelten: sie ändert sich wenig, wenn die oberen Schichten des Netzes zufällig gesetzt werden</translation>
    </message>
    <message>
        <source>be sharper than the cells of its masks; it is noisy with few masks</source>
        <translation>schärfer sein als die Zellen ihrer Masken; mit wenigen Masken rauscht sie</translation>
    </message>
    <message>
        <source>be stable where a sum is near 0, as small denominators give large relevances, nor conserve the output: biases absorb a part of it</source>
        <translation>stabil sein, wo eine Summe nahe 0 ist, da kleine Nenner große Relevanzen geben, und die Ausgabe nicht erhalten: Biases nehmen einen Teil auf</translation>
    </message>
    <message>
        <source>be trusted beyond its R², nor be finer than its parts</source>
        <translation>über ihr R² hinaus als verlässlich gelten und nicht feiner sein als ihre Teile</translation>
    </message>
    <message>
        <source>be trusted in its fine detail, which comes from guided backpropagation</source>
        <translation>in ihren feinen Einzelheiten als verlässlich gelten, die aus Guided Backpropagation kommen</translation>
    </message>
    <message>
        <source>be unique: other masks are as good, and the weights determine its size</source>
        <translation>eindeutig sein: andere Masken sind ebenso gut, und die Gewichte bestimmen ihre Größe</translation>
    </message>
    <message>
        <source>cells of a mask along each axis</source>
        <translation>Zellen einer Maske entlang jeder Achse</translation>
    </message>
    <message>
        <source>change of every voxel, as a share of the scan&apos;s range</source>
        <translation>Änderung jedes Voxels, als Anteil am Wertebereich des Scans</translation>
    </message>
    <message>
        <source>compare regions of different sizes fairly: a large one removes more</source>
        <translation>Regionen verschiedener Größe gerecht vergleichen: eine große nimmt mehr weg</translation>
    </message>
    <message>
        <source>conserve the output: biases and ε absorb a part of it, which the notes state</source>
        <translation>die Ausgabe erhalten: Biases und ε nehmen einen Teil auf, den die Hinweise angeben</translation>
    </message>
    <message>
        <source>depend on the class, or say whether a patch is evidence for or against it: it uses no output, and treats the weighted values and the dense layers as equal</source>
        <translation>von der Klasse abhängen, oder sagen, ob ein Patch für oder gegen sie spricht: sie nutzt keine Ausgabe und hält die Werte, die die Aufmerksamkeit wägt, und die dichten Schichten für gleich</translation>
    </message>
    <message>
        <source>depend on the class: it uses no derivative and no output</source>
        <translation>von der Klasse abhängen: sie nutzt weder Ableitung noch Ausgabe</translation>
    </message>
    <message>
        <source>distance between neighbouring values of the mask</source>
        <translation>Abstand von einem Wert der Maske zum nächsten</translation>
    </message>
    <message>
        <source>distance between neighbouring windows, in the format of the window&apos;s edges</source>
        <translation>Abstand von einem Fenster zum nächsten, angegeben wie die Kanten des Fensters</translation>
    </message>
    <message>
        <source>distinguish important voxels from others: all change by the same amount</source>
        <translation>wichtige Voxel von anderen unterscheiden: alle ändern sich gleich viel</translation>
    </message>
    <message>
        <source>each part&apos;s share of the output, over all orders in which parts can be added</source>
        <translation>der Anteil jedes Teils an der Ausgabe, über alle Reihenfolgen, in denen Teile hinzukommen können</translation>
    </message>
    <message>
        <source>each voxel&apos;s share of the output that passes through the chosen channels of a layer</source>
        <translation>der Anteil jedes Voxels an der Ausgabe, soweit er durch bestimmte Kanäle einer Schicht läuft</translation>
    </message>
    <message>
        <source>each voxel&apos;s share of the output, by its share of every neuron&apos;s sum</source>
        <translation>der Anteil jedes Voxels an der Ausgabe, nach seinem Anteil an der Summe jedes Neurons</translation>
    </message>
    <message>
        <source>each voxel&apos;s share of the output, by a rule suited to each depth of the network</source>
        <translation>der Anteil jedes Voxels an der Ausgabe, nach der Regel, die zu jeder Tiefe des Netzes passt</translation>
    </message>
    <message>
        <source>each voxel&apos;s share of the output, with more weight on evidence for it</source>
        <translation>der Anteil jedes Voxels an der Ausgabe, mit mehr Gewicht auf dem, was für sie spricht</translation>
    </message>
    <message>
        <source>each voxel&apos;s share of the output, with weak and contradictory shares damped</source>
        <translation>der Anteil jedes Voxels an der Ausgabe, mit gedämpften schwachen und widersprüchlichen Anteilen</translation>
    </message>
    <message>
        <source>edges of the window: one number for all axes, or one for each: in voxels along the axes of the network&apos;s grid (8,16,8), or in mm from left to right, back to front and bottom to top (24,48,24 mm)</source>
        <translation>Kanten des Fensters: eine Zahl für alle Achsen oder eine für jede: in Voxeln entlang der Achsen des Netzgitters (8,16,8), oder in mm von links nach rechts, hinten nach vorn und unten nach oben (24,48,24 mm)</translation>
    </message>
    <message>
        <source>evidence for and against the output, in a fixed ratio</source>
        <translation>was für und gegen die Ausgabe spricht, in festem Verhältnis</translation>
    </message>
    <message>
        <source>exponent β of the variation</source>
        <translation>Exponent β der Variation</translation>
    </message>
    <message>
        <source>file with the names of the atlas&apos;s regions; if empty, the one beside the atlas is used</source>
        <translation>Datei mit den Namen der Regionen des Atlas; leer: die neben dem Atlas</translation>
    </message>
    <message>
        <source>file written by &apos;saliency-viewer patterns fit&apos;; if empty, NAME.patterns.safetensors beside the model file</source>
        <translation>Datei, die &apos;saliency-viewer patterns fit&apos; schreibt; leer: NAME.patterns.safetensors neben der Modelldatei</translation>
    </message>
    <message>
        <source>file written by &apos;saliency-viewer train generators&apos;; if empty, NAME.generators.safetensors beside the model file</source>
        <translation>Datei, die &apos;saliency-viewer train generators&apos; schreibt; leer: NAME.generators.safetensors neben der Modelldatei</translation>
    </message>
    <message>
        <source>fine structure that activates the network on its way to the output</source>
        <translation>feine Struktur, die das Netz auf dem Weg zur Ausgabe aktiviert</translation>
    </message>
    <message>
        <source>fine structure within the regions that support the output</source>
        <translation>feine Struktur innerhalb der Regionen, die für die Ausgabe sprechen</translation>
    </message>
    <message>
        <source>fold batch normalisation into the neighbouring convolution, which conserves relevance, or pass relevance through unchanged</source>
        <translation>Batch-Normierung in die benachbarte Faltung einfalten, was die Relevanz erhält, oder die Relevanz unverändert durchreichen</translation>
    </message>
    <message>
        <source>function</source>
        <translation>Funktion</translation>
    </message>
    <message>
        <source>go beyond the scans its patterns were learned from</source>
        <translation>über die Scans hinausgehen, aus denen ihre Muster gelernt wurden</translation>
    </message>
    <message>
        <source>guarantee to add up to the output, nor go beyond the scans its patterns were learned from</source>
        <translation>zusichern, dass sie sich zur Ausgabe summiert, und nicht über die Scans hinausgehen, aus denen ihre Muster gelernt wurden</translation>
    </message>
    <message>
        <source>head of the layer, counted from 0, or mean for the mean over all heads</source>
        <translation>Kopf der Schicht, von 0 an gezählt, oder mean, das Mittel über alle</translation>
    </message>
    <message>
        <source>highest possible intensity, used when Bounds is &quot;given&quot;</source>
        <translation>größte mögliche Intensität, wenn die Grenzen gegeben sind</translation>
    </message>
    <message>
        <source>how a neuron&apos;s signal is estimated: from its input where it fires, from its input everywhere, or by its filter, which needs no file</source>
        <translation>wie das Signal eines Neurons geschätzt wird: aus seiner Eingabe, wo es feuert, aus seiner Eingabe überall, oder aus seinem Filter, der keine Datei braucht</translation>
    </message>
    <message>
        <source>how far a voxel may be ahead of or behind the straight path, as a share of it; 0: the straight path</source>
        <translation>wie weit ein Voxel vor oder hinter dem geraden Pfad sein darf, als Anteil davon; 0 ist der gerade Pfad</translation>
    </message>
    <message>
        <source>how far beyond the decision boundary, η</source>
        <translation>wie weit über die Entscheidungsgrenze hinaus, η</translation>
    </message>
    <message>
        <source>how much each position of a layer adds when its activations replace those of the baseline</source>
        <translation>wie viel jeder Ort einer Schicht hinzufügt, wenn seine Aktivierungen die der Baseline ersetzen</translation>
    </message>
    <message>
        <source>how much each voxel adds to the output compared with the reference</source>
        <translation>wie viel jedes Voxel verglichen mit der Referenz zur Ausgabe hinzufügt</translation>
    </message>
    <message>
        <source>how much each voxel adds to the output when it replaces the baseline</source>
        <translation>wie viel jedes Voxel zur Ausgabe hinzufügt, wenn es die Baseline ersetzt</translation>
    </message>
    <message>
        <source>how much each voxel contributes to the change of the output from a baseline, along a path that avoids large gradients</source>
        <translation>wie viel jedes Voxel zur Änderung der Ausgabe gegenüber einer Baseline beiträgt, entlang eines Pfades, der große Gradienten meidet</translation>
    </message>
    <message>
        <source>how much each voxel&apos;s intensity would contribute if the network were linear</source>
        <translation>wie viel die Intensität jedes Voxels beitrüge, wäre das Netz linear</translation>
    </message>
    <message>
        <source>how much each voxel&apos;s signal adds to the output, without its distractor</source>
        <translation>wie viel das Signal jedes Voxels ohne seine Störung zur Ausgabe hinzufügt</translation>
    </message>
    <message>
        <source>additional weight of evidence for a neuron</source>
        <translation>zusätzliches Gewicht dessen, was für ein Neuron spricht</translation>
    </message>
    <message>
        <source>how much of the output&apos;s change flows through each position of a layer when the scan replaces the baseline</source>
        <translation>wie viel von der Änderung der Ausgabe durch jeden Ort einer Schicht fließt, wenn der Scan die Baseline ersetzt</translation>
    </message>
    <message>
        <source>how much the details of each voxel contribute, compared with the blurred scan</source>
        <translation>wie viel die Einzelheiten jedes Voxels beitragen, verglichen mit dem weichgezeichneten Scan</translation>
    </message>
    <message>
        <source>how much the output falls when one region is occluded</source>
        <translation>wie viel die Ausgabe sinkt, wenn eine Region verdeckt wird</translation>
    </message>
    <message>
        <source>how much the output falls when the region around a voxel is occluded</source>
        <translation>wie viel die Ausgabe sinkt, wenn die Region um ein Voxel verdeckt wird</translation>
    </message>
    <message>
        <source>how strongly the output responds to a small change of each voxel</source>
        <translation>wie stark die Ausgabe auf eine kleine Änderung jedes Voxels reagiert</translation>
    </message>
    <message>
        <source>how the evidence for the output is distributed over the voxels, never negative for an output above 0</source>
        <translation>wie das, was für die Ausgabe spricht, auf die Voxel verteilt ist, nie negativ für eine Ausgabe über 0</translation>
    </message>
    <message>
        <source>how the integral is computed; the middle rule suits piecewise linear networks (ReLU) best</source>
        <translation>wie das Integral berechnet wird; die mittlere Regel passt zu stückweise linearen Netzen (ReLU) am besten</translation>
    </message>
    <message>
        <source>how the linear model is regularised: ridge (all parts) or lasso (few)</source>
        <translation>wie das lineare Modell regularisiert wird: Ridge (alle Teile) oder Lasso (wenige)</translation>
    </message>
    <message>
        <source>include biases in the sums, as the papers do: relevance assigned to them is lost to the voxels, and the notes state how much; without them relevance may grow without bounds in residual and dense networks</source>
        <translation>Biases in die Summen aufnehmen, wie in den Arbeiten: Relevanz, die ihnen zufällt, fehlt den Voxeln, und die Hinweise sagen, wie viel; ohne sie kann die Relevanz in residualen und dichten Netzen unbegrenzt wachsen</translation>
    </message>
    <message>
        <source>include biases in the sums; relevance assigned to them is lost to the voxels</source>
        <translation>Biases in die Summen aufnehmen; Relevanz, die ihnen zufällt, fehlt den Voxeln</translation>
    </message>
    <message>
        <source>initial number of points on the path from the baseline to the scan</source>
        <translation>anfängliche Anzahl von Punkten auf dem Weg von der Baseline zum Scan</translation>
    </message>
    <message>
        <source>initial number of steps of the integrated gradients</source>
        <translation>anfängliche Zahl der Schritte der integrierten Gradienten</translation>
    </message>
    <message>
        <source>initial number of steps on the path from the baseline to the scan</source>
        <translation>anfängliche Anzahl von Schritten auf dem Weg von der Baseline zum Scan</translation>
    </message>
    <message>
        <source>input that stands for &quot;nothing&quot;: black (what the network receives where a scan is empty), zero, the minimum or mean of the input, the blurred input</source>
        <translation>Eingabe, die für „nichts“ steht: Schwarz (was das Netz erhält, wo ein Scan leer ist), Null, Minimum oder Mittel der Eingabe, die weichgezeichnete Eingabe</translation>
    </message>
    <message>
        <source>input that stands for &quot;nothing&quot;: black (what the network receives where a scan is empty), zero, the minimum or mean of the input, the blurred input, or reference scans: a file, a folder of scans, or a list of them</source>
        <translation>Eingabe, die für „nichts“ steht: Schwarz (was das Netz erhält, wo ein Scan leer ist), null, Minimum oder Mittel der Eingabe, die weichgezeichnete Eingabe, oder Referenzscans: eine Datei, ein Ordner mit Scans oder eine Liste</translation>
    </message>
    <message>
        <source>keep only evidence for the output, as Grad-CAM does</source>
        <translation>nur behalten, was für die Ausgabe spricht, wie Grad-CAM</translation>
    </message>
    <message>
        <source>keep only evidence for the output, as in the paper</source>
        <translation>nur behalten, was für die Ausgabe spricht, wie in der Arbeit</translation>
    </message>
    <message>
        <source>largest distance from the scan, as a share of its range (per voxel, on average)</source>
        <translation>größter Abstand vom Scan, als Anteil an seinem Wertebereich (je Voxel, im Mittel)</translation>
    </message>
    <message>
        <source>maximum number of steps</source>
        <translation>größte Anzahl von Schritten</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>lowest possible intensity, used when Bounds is &quot;given&quot;</source>
        <translation>kleinste mögliche Intensität, wenn die Grenzen gegeben sind</translation>
    </message>
    <message>
        <source>maximum number of steps; 1 computes only the first step</source>
        <translation>größte Anzahl von Schritten; 1 berechnet nur den ersten</translation>
    </message>
    <message>
        <source>mean of the maps, mean of their squares, or their variance</source>
        <translation>Mittel der Karten, Mittel ihrer Quadrate, oder ihre Varianz</translation>
    </message>
    <message>
        <source>neurons without evidence against them pass on exactly their relevance, not α times as much</source>
        <translation>Neuronen, gegen die nichts spricht, geben genau ihre Relevanz weiter, nicht das α-Fache</translation>
    </message>
    <message>
        <source>number of Adam steps</source>
        <translation>Anzahl der Schritte von Adam</translation>
    </message>
    <message>
        <source>number of coalitions; if it covers all of them, the values are exact</source>
        <translation>Anzahl von Koalitionen; umfasst sie alle, sind die Werte exakt</translation>
    </message>
    <message>
        <source>number of masks N</source>
        <translation>Zahl der Masken N</translation>
    </message>
    <message>
        <source>number of noisy copies</source>
        <translation>Anzahl verrauschter Kopien</translation>
    </message>
    <message>
        <source>number of other classes considered, the most likely first</source>
        <translation>wie viele andere Klassen betrachtet werden, die wahrscheinlichste zuerst</translation>
    </message>
    <message>
        <source>number of scales, each with half as many supervoxels</source>
        <translation>Zahl der Skalen, jede mit halb so vielen Supervoxeln</translation>
    </message>
    <message>
        <source>number of scans with parts occluded</source>
        <translation>Anzahl von Scans mit verdeckten Teilen</translation>
    </message>
    <message>
        <source>number of standard deviations above its channel&apos;s mean that an activation must reach</source>
        <translation>wie viele Standardabweichungen über dem Mittel ihres Kanals eine Aktivierung liegen muss</translation>
    </message>
    <message>
        <source>number of steps</source>
        <translation>Anzahl von Schritten</translation>
    </message>
    <message>
        <source>number of steps T, each with one gradient</source>
        <translation>Zahl der Schritte T, je ein Gradient</translation>
    </message>
    <message>
        <source>number of steps, equally spaced in σ</source>
        <translation>Zahl der Schritte, in gleichen Abständen von σ</translation>
    </message>
    <message>
        <source>for several images: the sum of their slopes, or only the steepest one at each voxel</source>
        <translation>bei mehreren Bildern: die Summe ihrer Steigungen, oder an jedem Voxel nur die steilste</translation>
    </message>
    <message>
        <source>operators without a rule: stop and name them, or use their derivative (stated in the notes)</source>
        <translation>Operatoren ohne Regel: anhalten und sie nennen, oder ihre Ableitung nehmen (steht in den Hinweisen)</translation>
    </message>
    <message>
        <source>other rules for some layers: PATH=RULE; PATH=RULE, with the rules zero, epsilon, epsilon-absolute, gamma, alpha-beta, z-plus, w-square, flat, z-box, gradient</source>
        <translation>andere Regeln für einzelne Schichten: PATH=RULE; PATH=RULE, mit den Regeln zero, epsilon, epsilon-absolute, gamma, alpha-beta, z-plus, w-square, flat, z-box, gradient</translation>
    </message>
    <message>
        <source>perturbation</source>
        <translation>Störung</translation>
    </message>
    <message>
        <source>random shift of the scan at each step, in voxels, so that the mask does not fit noise</source>
        <translation>zufällige Verschiebung des Scans in jedem Schritt, in Voxeln, damit sich die Maske nicht an Rauschen anpasst</translation>
    </message>
    <message>
        <source>recompute only what a window can affect, if the network allows it; the map is the same</source>
        <translation>nur neu rechnen, was ein Fenster beeinflussen kann, wo das Netz es erlaubt; die Karte ist dieselbe</translation>
    </message>
    <message>
        <source>resemble anything a scanner produces: networks respond to changes that people cannot see</source>
        <translation>etwas ähneln, das ein Scanner liefert: Netze reagieren auf Änderungen, die Menschen nicht sehen</translation>
    </message>
    <message>
        <source>rule of the dense layers</source>
        <translation>Regel der dichten Schichten</translation>
    </message>
    <message>
        <source>rule of the first layer, which takes the scan: z-box, w-square, flat or another</source>
        <translation>Regel der ersten Schicht, die den Scan aufnimmt: z-box, w-square, flat oder eine andere</translation>
    </message>
    <message>
        <source>rule of the first layer: w² for any values, z^B for values between bounds, z⁺ for values ≥ 0</source>
        <translation>Regel der ersten Schicht: w² für beliebige Werte, z^B für Werte zwischen Grenzen, z⁺ für Werte ≥ 0</translation>
    </message>
    <message>
        <source>rule of the lower half of the convolutions</source>
        <translation>Regel der unteren Hälfte der Faltungen</translation>
    </message>
    <message>
        <source>rule of the upper half of the convolutions</source>
        <translation>Regel der oberen Hälfte der Faltungen</translation>
    </message>
    <message>
        <source>rules for individual layers: PATH=RULE; PATH=RULE</source>
        <translation>Regeln für einzelne Schichten: PATH=RULE; PATH=RULE</translation>
    </message>
    <message>
        <source>say how large the region should be: its size is a parameter</source>
        <translation>sagen, wie groß die Region sein sollte: ihre Größe ist ein Parameter</translation>
    </message>
    <message>
        <source>say how much a voxel contributed: it is a slope, not a contribution</source>
        <translation>sagen, wie viel ein Voxel beigetragen hat: sie ist eine Steigung, kein Beitrag</translation>
    </message>
    <message>
        <source>say how much of each there is: the ratio is chosen, not measured</source>
        <translation>sagen, wie viel es von beidem gibt: das Verhältnis ist gewählt, nicht gemessen</translation>
    </message>
    <message>
        <source>say what a channel stands for: look at its feature visualization, or at its maps for several scans</source>
        <translation>sagen, wofür ein Kanal steht: sehen Sie sich an, worauf er anspricht, oder seine Karten mehrerer Scans</translation>
    </message>
    <message>
        <source>say what the output depends on: it considers neither the values that are weighted nor the later layers</source>
        <translation>sagen, wovon die Ausgabe abhängt: sie kennt weder die Werte, die die Aufmerksamkeit wägt, noch was spätere Schichten daraus machen</translation>
    </message>
    <message>
        <source>detect redundant evidence, nor distinguish missing evidence from an unnatural-looking scan</source>
        <translation>erkennen, was doppelt vorhanden ist, und fehlende Hinweise nicht von einem unnatürlich aussehenden Scan unterscheiden</translation>
    </message>
    <message>
        <source>separate the classes well: it reconstructs the input more than it explains the output</source>
        <translation>die Klassen gut trennen: sie rekonstruiert die Eingabe mehr, als sie die Ausgabe erklärt</translation>
    </message>
    <message>
        <source>several scans as baseline: the mean of the maps against each of them, or the map against their mean</source>
        <translation>mehrere Scans als Baseline: das Mittel der Karten gegen jeden von ihnen, oder die Karte gegen ihr Mittel</translation>
    </message>
    <message>
        <source>share of the voxels that move together</source>
        <translation>Anteil der Voxel, die sich zugleich bewegen</translation>
    </message>
    <message>
        <source>share p of the cells that are kept</source>
        <translation>Anteil p der Zellen, die behalten werden</translation>
    </message>
    <message>
        <source>show evidence against as strongly as evidence for</source>
        <translation>was dagegen spricht so stark zeigen wie das, was dafür spricht</translation>
    </message>
    <message>
        <source>show evidence against the output, as negative products are dropped, or be finer than a patch</source>
        <translation>zeigen, was gegen die Ausgabe spricht, da negative Produkte wegfallen, oder feiner sein als ein Patch</translation>
    </message>
    <message>
        <source>show evidence against the output: look at another class&apos;s map for that; the relevance of an output below 0 is negative</source>
        <translation>zeigen, was gegen die Ausgabe spricht: dafür ist die Karte einer anderen Klasse da; die Relevanz einer Ausgabe unter 0 ist negativ</translation>
    </message>
    <message>
        <source>show evidence against the output: negative derivatives are dropped</source>
        <translation>zeigen, was gegen die Ausgabe spricht: negative Ableitungen fallen weg</translation>
    </message>
    <message>
        <source>explain the output that the blurred scan already gives, such as the effect of a large region's mean</source>
        <translation>die Ausgabe erklären, die schon der weichgezeichnete Scan gibt, etwa die Wirkung des Mittels einer großen Region</translation>
    </message>
    <message>
        <source>signal</source>
        <translation>Signal</translation>
    </message>
    <message>
        <source>signed keeps the direction of the change, absolute shows its size only</source>
        <translation>mit Vorzeichen bleibt die Richtung der Änderung, der Betrag zeigt nur ihre Größe</translation>
    </message>
    <message>
        <source>size of one step, as a share of the limit</source>
        <translation>Größe eines Schritts, als Anteil an der Grenze</translation>
    </message>
    <message>
        <source>size of the region, as a share of the foreground</source>
        <translation>Größe der Region, als Anteil am Vordergrund</translation>
    </message>
    <message>
        <source>standard deviation of the blurred baseline</source>
        <translation>Standardabweichung der weichgezeichneten Baseline</translation>
    </message>
    <message>
        <source>standard deviation of the blurred reference</source>
        <translation>Standardabweichung der weichgezeichneten Referenz</translation>
    </message>
    <message>
        <source>standard deviation of the blurred scan, used when Fill is &quot;blur&quot;</source>
        <translation>Standardabweichung des weichgezeichneten Scans, wenn die Füllung er ist</translation>
    </message>
    <message>
        <source>standard deviation of the noise, as a share of the scan&apos;s range</source>
        <translation>Standardabweichung des Rauschens, als Anteil am Wertebereich des Scans</translation>
    </message>
    <message>
        <source>standard deviation σ_max of the most blurred scan</source>
        <translation>Standardabweichung σ_max des am stärksten weichgezeichneten Scans</translation>
    </message>
    <message>
        <source>start from a layer, PATH, or from one of its channels, PATH:CHANNEL, instead of the target</source>
        <translation>von einer Schicht, PATH, oder einem ihrer Kanäle, PATH:CHANNEL, ausgehen statt vom Ziel</translation>
    </message>
    <message>
        <source>start from a random point within the limit, set by the seed</source>
        <translation>von einem zufälligen Punkt innerhalb der Grenze ausgehen, den der Seed festlegt</translation>
    </message>
    <message>
        <source>steps are doubled until the map adds up to f(x) − f(baseline) within this share of it; 0, or a layer with paths around it, uses the given number of steps</source>
        <translation>die Schritte werden verdoppelt, bis sich die Karte bis auf diesen Anteil zu f(x) − f(Baseline) summiert; bei 0, oder einer Schicht, um die Wege herumführen, gilt die Anzahl wie gegeben</translation>
    </message>
    <message>
        <source>steps are increased (twofold; threefold for the middle rule) until the map adds up to f(x) − f(baseline) within this share of it; 0 uses the given number of steps</source>
        <translation>die Schritte werden vermehrt (zweifach; bei der mittleren Regel dreifach), bis sich die Karte bis auf diesen Anteil zu f(x) − f(Baseline) summiert; 0 nimmt die Anzahl wie gegeben</translation>
    </message>
    <message>
        <source>the bounds of z^B: the smallest and largest value of the scan, or low and high</source>
        <translation>die Grenzen von z^B: kleinster und größter Wert des Scans, oder unten und oben</translation>
    </message>
    <message>
        <source>the direction in which every voxel must change for the output to fall fastest</source>
        <translation>die Richtung, in die sich jedes Voxel ändern muss, damit die Ausgabe am schnellsten sinkt</translation>
    </message>
    <message>
        <source>numbers of the layer&apos;s channels, such as 7 or 7,12; if empty, the most relevant channel. &quot;saliency-viewer channels&quot; ranks them</source>
        <translation>die Kanäle der Schicht, nach Nummern: 7, oder mehrere, 7,12; leer nimmt den relevantesten. „saliency-viewer channels“ ordnet sie</translation>
    </message>
    <message>
        <source>the map: the absolute difference, the signed difference g_a − g_s, or one of the two images</source>
        <translation>die Karte: die Differenz ohne Vorzeichen, g_a − g_s mit ihm, oder eines der beiden Bilder selbst</translation>
    </message>
    <message>
        <source>the method whose maps are averaged</source>
        <translation>die Methode, deren Karten gemittelt werden</translation>
    </message>
    <message>
        <source>the part of a gradient map that remains when noise is added to the scan</source>
        <translation>der Teil einer Gradientenkarte, der bleibt, wenn dem Scan Rauschen hinzugefügt wird</translation>
    </message>
    <message>
        <source>the part of the scan that varies with the output, in units of the input</source>
        <translation>der Teil des Scans, der sich mit der Ausgabe ändert, in Einheiten der Eingabe</translation>
    </message>
    <message>
        <source>the parts that the output depends on according to a local linear model</source>
        <translation>die Teile, von denen die Ausgabe nach einem lokalen linearen Modell abhängt</translation>
    </message>
    <message>
        <source>the pattern in the scan that the network&apos;s positive weights respond to</source>
        <translation>das Muster im Scan, auf das die positiven Gewichte des Netzes ansprechen</translation>
    </message>
    <message>
        <source>the region of a given size whose blurring removes most of the output (or keeps most of it)</source>
        <translation>die Region gegebener Größe, deren Weichzeichnen am meisten von der Ausgabe beseitigt (oder am meisten erhält)</translation>
    </message>
    <message>
        <source>the region that alone is sufficient for the output, or whose blurring removes it</source>
        <translation>die Region, die allein für die Ausgabe ausreicht, oder deren Weichzeichnen sie beseitigt</translation>
    </message>
    <message>
        <source>the smallest change that makes the network predict another class</source>
        <translation>die kleinste Änderung, durch die das Netz eine andere Klasse vorhersagt</translation>
    </message>
    <message>
        <source>the smallest region whose blurring removes the output, or that alone is sufficient for it</source>
        <translation>die kleinste Region, deren Weichzeichnen die Ausgabe beseitigt, oder die allein für sie ausreicht</translation>
    </message>
    <message>
        <source>the smallest smooth region whose blurring removes the output (or that is sufficient for it)</source>
        <translation>die kleinste glatte Region, deren Weichzeichnen die Ausgabe beseitigt (oder die für sie ausreicht)</translation>
    </message>
    <message>
        <source>token whose attention is read: class, the first token; mean, the mean over all tokens; I,J,K, the patch with these indices, from 0, on the network&apos;s grid; @X,Y,Z, the patch at that point in mm; empty: the class token if the network has one, otherwise the mean</source>
        <translation>Token, dessen Aufmerksamkeit gelesen wird: class, das erste Token; mean, das Mittel über alle; I,J,K, der Patch mit diesen Indizes, von 0 an, auf dem Gitter des Netzes; @X,Y,Z, der Patch an diesem Ort in mm; leer: das Klassentoken eines Netzes, das eines hat, sonst das Mittel</translation>
    </message>
    <message>
        <source>used when Fill is &quot;value&quot;</source>
        <translation>gilt, wenn die Füllung ein Wert ist</translation>
    </message>
    <message>
        <source>usually be seen by eye: the decision boundary is closer than any lesion-like change</source>
        <translation>in der Regel mit dem Auge gesehen werden: die Entscheidungsgrenze liegt näher als jede Änderung, die einer Läsion gleicht</translation>
    </message>
    <message>
        <source>voxels (network grid)</source>
        <translation>Voxel (Gitter des Netzes)</translation>
    </message>
    <message>
        <source>number of voxels that a region must add to be used</source>
        <translation>Voxel, die eine Region hinzufügen muss, um allein genommen zu werden</translation>
    </message>
    <message>
        <source>weight of distance against similarity in a supervoxel</source>
        <translation>Gewicht des Abstands gegenüber der Ähnlichkeit in einem Supervoxel</translation>
    </message>
    <message>
        <source>weight of distance against similarity: a distance of one supervoxel counts as this share of the scan&apos;s intensity range</source>
        <translation>Gewicht des Abstands gegen die Ähnlichkeit: ein Abstand von einem Supervoxel zählt so viel wie dieser Anteil am Wertebereich des Scans</translation>
    </message>
    <message>
        <source>weight of evidence for a neuron; β is α − 1</source>
        <translation>Gewicht dessen, was für ein Neuron spricht; β ist α − 1</translation>
    </message>
    <message>
        <source>weight of the regularisation; the output is first scaled to a standard deviation of 1</source>
        <translation>Gewicht der Regularisierung; die Ausgabe wird zuerst auf Standardabweichung 1 skaliert</translation>
    </message>
    <message>
        <source>weight λ₁ of the mask&apos;s size</source>
        <translation>Gewicht λ₁ der Größe der Maske</translation>
    </message>
    <message>
        <source>weight λ₂ of its variation</source>
        <translation>Gewicht λ₂ ihrer Variation</translation>
    </message>
    <message>
        <source>what is limited: the largest change, or the Euclidean norm of the changes</source>
        <translation>was begrenzt wird: die größte Änderung, oder die euklidische Norm der Änderungen</translation>
    </message>
    <message>
        <source>what occluded voxels are filled with: black (what the network receives where a scan is empty), a value, the mean of the foreground, the blurred scan, noise with the mean and deviation of the foreground, or a reference scan: a file, or the mean of a folder or list of scans</source>
        <translation>womit verdeckte Voxel gefüllt werden: Schwarz (was das Netz erhält, wo ein Scan leer ist), ein Wert, das Mittel des Vordergrunds, der weichgezeichnete Scan, Rauschen mit Mittel und Streuung des Vordergrunds, oder ein Referenzscan: eine Datei, oder das Mittel eines Ordners oder einer Liste von Scans</translation>
    </message>
    <message>
        <source>what replaces the scan where the mask removes it: its blur, or a reference scan: a file, or the mean of a folder or list of scans</source>
        <translation>was den Scan ersetzt, wo die Maske ihn entfernt: sein Weichzeichnen, oder ein Referenzscan: eine Datei, oder das Mittel eines Ordners oder einer Liste von Scans</translation>
    </message>
    <message>
        <source>what to add to the scan, within a limit, to lower the output as far as possible</source>
        <translation>was dem Scan innerhalb einer Grenze hinzuzufügen ist, um die Ausgabe so weit wie möglich zu senken</translation>
    </message>
    <message>
        <source>what would have to change in the scan for the network to predict the opposite</source>
        <translation>was sich im Scan ändern müsste, damit das Netz das Gegenteil vorhersagt</translation>
    </message>
    <message>
        <source>where the activations of one layer raise or lower the output</source>
        <translation>wo die Aktivierungen einer Schicht die Ausgabe erhöhen oder senken</translation>
    </message>
    <message>
        <source>where the activations of one layer, by default the first, raise the output</source>
        <translation>wo die Aktivierungen einer Schicht, wenn nicht anders gewählt der ersten, die Ausgabe erhöhen</translation>
    </message>
    <message>
        <source>where the channels of one layer are unusually active, whatever the output</source>
        <translation>wo die Kanäle einer Schicht ungewöhnlich aktiv sind, gleich für welche Ausgabe</translation>
    </message>
    <message>
        <source>where the channels of one layer support the output, with several regions weighted alike</source>
        <translation>wo die Kanäle einer Schicht für die Ausgabe sprechen, wobei mehrere Regionen gleich gewichtet werden</translation>
    </message>
    <message>
        <source>where the channels of one layer that support the output are active</source>
        <translation>wo die Kanäle einer Schicht, die für die Ausgabe sprechen, aktiv sind</translation>
    </message>
    <message>
        <source>where the output stays large when a random half of the scan is kept</source>
        <translation>wo die Ausgabe groß bleibt, wenn eine zufällige Hälfte des Scans behalten wird</translation>
    </message>
    <message>
        <source>which patches a query token attends to, in one layer</source>
        <translation>auf welche Patches ein Anfrage-Token in einer Schicht achtet</translation>
    </message>
    <message>
        <source>which patches are reached by the attention that raises the output</source>
        <translation>welche Patches die Aufmerksamkeit erreicht, die die Ausgabe erhöht</translation>
    </message>
    <message>
        <source>which patches the attention of all layers reaches, whatever the output</source>
        <translation>welche Patches die Aufmerksamkeit aller Schichten erreicht, gleich für welche Ausgabe</translation>
    </message>
    <message>
        <source>which regions of the scan contribute most per voxel</source>
        <translation>welche Regionen des Scans je Voxel am meisten beitragen</translation>
    </message>
    <message>
        <source>width σ of the kernel, in cosine distance</source>
        <translation>Breite σ des Kerns, als Kosinusabstand</translation>
    </message>
    <message>
        <source>ε is relative to the root mean square of the layer&apos;s sums, not absolute</source>
        <translation>ε ist relativ zum quadratischen Mittel der Summen der Schicht, nicht absolut</translation>
    </message>
</context>
</TS>
