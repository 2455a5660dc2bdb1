<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source> and {0} more</source>
        <translation> und {0} weitere</translation>
    </message>
    <message>
        <source>, Gaussian weights</source>
        <translation>, Gauß-Gewichte</translation>
    </message>
    <message>
        <source>, each mirrored in {0} ways</source>
        <translation>, jedes auf {0} Arten gespiegelt</translation>
    </message>
    <message>
        <source>, or reference</source>
        <translation>, oder Referenz</translation>
    </message>
    <message>
        <source>0 to {0} are {1}</source>
        <translation>0 bis {0} sind {1}</translation>
    </message>
    <message>
        <source>1 class</source>
        <translation>1 Klasse</translation>
    </message>
    <message>
        <source>1 image</source>
        <translation>1 Bild</translation>
    </message>
    <message>
        <source>1 tensor is</source>
        <translation>1 Tensor ist</translation>
    </message>
    <message>
        <source>; the map of each voxel is divided by its expected sum, for a total of {0}</source>
        <translation>; die Karte jedes Voxels ist geteilt durch ihre Sollsumme: {0} insgesamt</translation>
    </message>
    <message>
        <source>; the most relevant one was taken, as none is named</source>
        <translation>; der relevanteste wurde genommen, da keiner genannt ist</translation>
    </message>
    <message>
        <source>Placing the map on the scan</source>
        <translation>Karte wird auf den Scan gelegt</translation>
    </message>
    <message>
        <source>Prediction of {0}</source>
        <translation>Vorhersage von {0}</translation>
    </message>
    <message>
        <source>Preparing the scan</source>
        <translation>Scan wird vorbereitet</translation>
    </message>
    <message>
        <source>a list of scans</source>
        <translation>eine Liste von Scans</translation>
    </message>
    <message>
        <source>an array with 1 voxel inside</source>
        <translation>ein Feld mit 1 Voxel darin</translation>
    </message>
    <message>
        <source>an array with {0} voxels inside</source>
        <translation>ein Feld mit {0} Voxeln darin</translation>
    </message>
    <message>
        <source>the members of an ensemble are its networks</source>
        <translation>ein Ensemble hat seine Netze</translation>
    </message>
    <message>
        <source>an ensemble is of networks with the same outputs</source>
        <translation>ein Ensemble besteht aus Netzen mit denselben Ausgaben</translation>
    </message>
    <message>
        <source>has an output at every voxel, and the outputs {0}</source>
        <translation>antwortet in jedem Voxel; die Ausgaben {0}</translation>
    </message>
    <message>
        <source>outputs probabilities that do not add up to 1, but its card says 'softmax'</source>
        <translation>antwortet mit Wahrscheinlichkeiten, deren Summe nicht 1 ist, und seine Karte sagt „softmax“</translation>
    </message>
    <message>
        <source>outputs {0}, but its card says {1}</source>
        <translation>antwortet mit {0}, und seine Karte sagt {1}</translation>
    </message>
    <message>
        <source>anti-heatmap: the map is negative, to be displayed from −1 to 0; use the target min for the least likely class</source>
        <translation>Anti-Heatmap: die Karte ist negativ, anzuzeigen von −1 bis 0; für die unwahrscheinlichste Klasse das Ziel min nehmen</translation>
    </message>
    <message>
        <source>apply only to dropout and moves</source>
        <translation>sind für Dropout und Bewegungen</translation>
    </message>
    <message>
        <source>are in mm, but a bare tensor has no place in space</source>
        <translation>sind in mm, und ein bloßer Tensor hat keinen Ort im Raum</translation>
    </message>
    <message>
        <source>asks for another preparation than {0}</source>
        <translation>verlangt eine andere Vorbereitung als {0}</translation>
    </message>
    <message>
        <source>at most 0</source>
        <translation>höchstens 0</translation>
    </message>
    <message>
        <source>biases</source>
        <translation>Biases</translation>
    </message>
    <message>
        <source>biases absorbed {0}</source>
        <translation>Biases absorbierten {0}</translation>
    </message>
    <message>
        <source>biases added {0}</source>
        <translation>Biases fügten {0} hinzu</translation>
    </message>
    <message>
        <source>bring it to the network's template space first</source>
        <translation>ihn zuerst in den Raum der Vorlage des Netzes bringen</translation>
    </message>
    <message>
        <source>by another network</source>
        <translation>von einem anderen Netz</translation>
    </message>
    <message>
        <source>by automatic differentiation of the network</source>
        <translation>durch automatisches Differenzieren des Netzes</translation>
    </message>
    <message>
        <source>by automatic differentiation, as no operator graph can be built for the network</source>
        <translation>durch automatisches Differenzieren, da sich aus dem Netz kein Operatorgraph bilden lässt</translation>
    </message>
    <message>
        <source>by running it</source>
        <translation>durch Ausführen des Netzes</translation>
    </message>
    <message>
        <source>by {0}</source>
        <translation>von {0}</translation>
    </message>
    <message>
        <source>cancelling noise</source>
        <translation>sich aufhebendes Rauschen</translation>
    </message>
    <message>
        <source>cancelling noise: the map's absolute values add up to {0} times the {1}; do not trust its details; another method, reference or ε may be less noisy</source>
        <translation>sich aufhebendes Rauschen: die Beträge der Karte summieren sich auf das {0}-Fache von: {1}; keiner Einzelheit trauen; eine andere Methode, Referenz oder ein anderes ε ist vielleicht ruhiger</translation>
    </message>
    <message>
        <source>cannot be above {0}</source>
        <translation>können nicht über {0} liegen</translation>
    </message>
    <message>
        <source>cannot be below {0}</source>
        <translation>können nicht unter {0} liegen</translation>
    </message>
    <message>
        <source>channel {0}</source>
        <translation>Kanal {0}</translation>
    </message>
    <message>
        <source>channels {0}</source>
        <translation>Kanäle {0}</translation>
    </message>
    <message>
        <source>class tokens, positions and padding</source>
        <translation>Klassen-Tokens, Positionen und Auffüllung</translation>
    </message>
    <message>
        <source>computed at {0} ({1}), enlarged to the input's grid</source>
        <translation>berechnet bei {0} ({1}), auf das Gitter der Eingabe vergrößert</translation>
    </message>
    <message>
        <source>computed at {0} ({1}{2}), enlarged to the input's grid</source>
        <translation>berechnet bei {0} ({1}{2}), auf das Gitter der Eingabe vergrößert</translation>
    </message>
    <message>
        <source>copy {0} of {1}</source>
        <translation>Kopie {0} von {1}</translation>
    </message>
    <message>
        <source>correct 'output_type' in it</source>
        <translation>„output_type“ darin berichtigen</translation>
    </message>
    <message>
        <source>describe its {0} in {1}.card.json</source>
        <translation>in {1}.card.json beschreiben: {0}</translation>
    </message>
    <message>
        <source>did you mean {0}?</source>
        <translation>war {0} gemeint?</translation>
    </message>
    <message>
        <source>dropout of attention weights and inside recurrent layers, if there is any, stays off</source>
        <translation>Dropout von Aufmerksamkeitsgewichten und in rekurrenten Schichten bleibt aus, wenn es welchen gibt</translation>
    </message>
    <message>
        <source>dropout sample</source>
        <translation>Dropout-Ziehung</translation>
    </message>
    <message>
        <source>each output is the largest of {0} slices</source>
        <translation>jede Ausgabe ist die größte von {0} Schichten</translation>
    </message>
    <message>
        <source>ends in a {0}, but its card says {1}</source>
        <translation>endet mit {0}, und seine Karte sagt {1}</translation>
    </message>
    <message>
        <source>expected gradients: the mean of the maps against {0} reference scans</source>
        <translation>Expected Gradients: das Mittel der Karten gegen {0} Referenzscans</translation>
    </message>
    <message>
        <source>expected sum</source>
        <translation>erwartete Summe</translation>
    </message>
    <message>
        <source>expected value</source>
        <translation>Erwartungswert</translation>
    </message>
    <message>
        <source>expected value in {0}</source>
        <translation>Erwartungswert in {0}</translation>
    </message>
    <message>
        <source>explained in {0} of {1} {2}, whose {3} were added</source>
        <translation>erklärt in {0} von {1} {2}, deren {3} addiert wurden</translation>
    </message>
    <message>
        <source>give a scan</source>
        <translation>einen Scan angeben</translation>
    </message>
    <message>
        <source>give a scan with covariates</source>
        <translation>einen Scan mit Kovariaten angeben</translation>
    </message>
    <message>
        <source>give an image for each channel, as NAME=FILE, or name the channels of one file's volumes (--channels); "repeat": true in its card feeds one scan to all</source>
        <translation>für jeden Kanal ein Bild angeben (NAME=DATEI) oder die Kanäle der Volumina einer Datei nennen (--channels); "repeat": true in der Karte gibt einen Scan an alle</translation>
    </message>
    <message>
        <source>give images of one size, and as many numbers as images</source>
        <translation>Bilder gleicher Größe angeben und so viele Zahlen wie Bilder</translation>
    </message>
    <message>
        <source>give tensors, one for each argument of the network</source>
        <translation>Tensoren angeben, einen je Argument des Netzes</translation>
    </message>
    <message>
        <source>has no dropout to enable</source>
        <translation>hat kein Dropout, das einzuschalten wäre</translation>
    </message>
    <message>
        <source>has {0} outputs, but its card says 'sigmoid', which is one</source>
        <translation>hat {0} Ausgaben, und seine Karte sagt „sigmoid“, das ist eine</translation>
    </message>
    <message>
        <source>is in the ensemble twice</source>
        <translation>ist zweimal im Ensemble</translation>
    </message>
    <message>
        <source>is one network, but an ensemble has several</source>
        <translation>ist ein einzelnes Netz, ein Ensemble hat mehrere</translation>
    </message>
    <message>
        <source>it has one output</source>
        <translation>es hat eine Ausgabe</translation>
    </message>
    <message>
        <source>it has {0} outputs</source>
        <translation>es hat {0} Ausgaben</translation>
    </message>
    <message>
        <source>it takes only images</source>
        <translation>es nimmt nur Bilder</translation>
    </message>
    <message>
        <source>it takes {0}</source>
        <translation>es nimmt {0}</translation>
    </message>
    <message>
        <source>its card lacks {0}</source>
        <translation>seiner Karte fehlt {0}</translation>
    </message>
    <message>
        <source>the derivative was used in place of a rule at {0}</source>
        <translation>statt einer Regel wurde die Ableitung verwendet bei {0}</translation>
    </message>
    <message>
        <source>its outputs are {0}{1}</source>
        <translation>seine Ausgaben sind {0}{1}</translation>
    </message>
    <message>
        <source>its outputs for this input are not finite</source>
        <translation>seine Ausgaben für diese Eingabe sind nicht endlich</translation>
    </message>
    <message>
        <source>layer {0}</source>
        <translation>Schicht {0}</translation>
    </message>
    <message>
        <source>leave one out</source>
        <translation>eines weglassen</translation>
    </message>
    <message>
        <source>lie between {0} and {1}</source>
        <translation>liegen zwischen {0} und {1}</translation>
    </message>
    <message>
        <source>logarithms of probabilities</source>
        <translation>Logarithmen von Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>look at the scan's intensities and at the card's</source>
        <translation>die Intensitäten des Scans und die der Karte ansehen</translation>
    </message>
    <message>
        <source>looks least like {0}</source>
        <translation>sieht am wenigsten wie {0} aus</translation>
    </message>
    <message>
        <source>looks most like {0}</source>
        <translation>sieht am meisten wie {0} aus</translation>
    </message>
    <message>
        <source>lowest to highest of {0}</source>
        <translation>kleinster bis größter Wert aus {0}</translation>
    </message>
    <message>
        <source>map {0} = {1}</source>
        <translation>Karte {0} = {1}</translation>
    </message>
    <message>
        <source>mask {0}</source>
        <translation>Maske {0}</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>mean of</source>
        <translation>Mittel aus</translation>
    </message>
    <message>
        <source>mean of {0}</source>
        <translation>Mittel aus {0}</translation>
    </message>
    <message>
        <source>moved input</source>
        <translation>bewegte Eingabe</translation>
    </message>
    <message>
        <source>name the others with --model, or use the folder of an nnU-Net with several folds</source>
        <translation>die anderen mit --model nennen oder den Ordner eines nnU-Net mit mehreren Folds nehmen</translation>
    </message>
    <message>
        <source>needs a value for {0} in addition to the image</source>
        <translation>braucht neben dem Bild einen Wert für {0}</translation>
    </message>
    <message>
        <source>negative where the explained output is below 0, as in some voxels of a segmentation</source>
        <translation>negativ, wo die erklärte Ausgabe unter 0 liegt, wie in manchen Voxeln einer Segmentierung</translation>
    </message>
    <message>
        <source>neurons without evidence against them pass on exactly their relevance, not α times as much</source>
        <translation>Neuronen ohne Gegenbelege geben genau ihre Relevanz weiter, nicht das α-fache</translation>
    </message>
    <message>
        <source>no card found</source>
        <translation>keine Karte gefunden</translation>
    </message>
    <message>
        <source>no label is named: {0} has the largest output; labels do not exclude each other</source>
        <translation>kein Label ist genannt: {0} hat die größte Ausgabe; Labels schließen einander nicht aus</translation>
    </message>
    <message>
        <source>no operator graph can be built for the network: {0}; computed {1} as it is</source>
        <translation>aus dem Netz lässt sich kein Operatorgraph bilden: {0}; berechnet {1}, wie es ist</translation>
    </message>
    <message>
        <source>no part of this map lies inside {0}; bring both to one space</source>
        <translation>kein Teil dieser Karte liegt in {0}; beide in einen Raum bringen</translation>
    </message>
    <message>
        <source>not finished</source>
        <translation>nicht fertig</translation>
    </message>
    <message>
        <source>not known to be in a template's space</source>
        <translation>nicht bekannt, ob im Raum einer Vorlage</translation>
    </message>
    <message>
        <source>nothing flows through the layer compared with the baseline</source>
        <translation>im Vergleich mit der Baseline fließt nichts durch die Schicht</translation>
    </message>
    <message>
        <source>of another scan</source>
        <translation>von einem anderen Scan</translation>
    </message>
    <message>
        <source>of another scan named {0}</source>
        <translation>von einem anderen Scan namens {0}</translation>
    </message>
    <message>
        <source>of {0} slices, the one at {1} mm represents the scan: it {2}</source>
        <translation>von {0} Schichten steht die bei {1} mm für den Scan: sie {2}</translation>
    </message>
    <message>
        <source>of {0}, by another network</source>
        <translation>von {0}, von einem anderen Netz</translation>
    </message>
    <message>
        <source>of {0}, by {1}</source>
        <translation>von {0}, Netz: {1}</translation>
    </message>
    <message>
        <source>of {0}, by {1}, with {2}</source>
        <translation>von {0}, Netz: {1}, mit {2}</translation>
    </message>
    <message>
        <source>of {0}, with {1}</source>
        <translation>von {0}, mit {1}</translation>
    </message>
    <message>
        <source>one number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>output: shown as a number, not as a probability ({0})</source>
        <translation>Ausgabe: als Zahl gezeigt, nicht als Wahrscheinlichkeit ({0})</translation>
    </message>
    <message>
        <source>output: {0} (guess: the card does not say; {1})</source>
        <translation>Ausgabe: {0} (geschätzt: die Karte sagt es nicht; {1})</translation>
    </message>
    <message>
        <source>prepare the scan first, and give the prepared one</source>
        <translation>den Scan zuerst vorbereiten und den vorbereiteten angeben</translation>
    </message>
    <message>
        <source>preparing reference scan {0} of {1}</source>
        <translation>Referenzscan {0} von {1} wird vorbereitet</translation>
    </message>
    <message>
        <source>probabilities as they are</source>
        <translation>Wahrscheinlichkeiten, wie sie sind</translation>
    </message>
    <message>
        <source>reference {0} of {1}</source>
        <translation>Referenz {0} von {1}</translation>
    </message>
    <message>
        <source>relevance starts from each output times the derivative of the expected value: it sums to the linearised expected value, not to the value itself</source>
        <translation>die Relevanz beginnt bei jeder Ausgabe mal ihrem Beitrag zum Erwartungswert an dieser Stelle: die Summe ist die des linearisierten Erwartungswerts, nicht der Wert selbst</translation>
    </message>
    <message>
        <source>residual {0}</source>
        <translation>Residuum {0}</translation>
    </message>
    <message>
        <source>residual {0} times the expected sum</source>
        <translation>Residuum das {0}-Fache der erwarteten Summe</translation>
    </message>
    <message>
        <source>residual: the sum is {0} instead of 0</source>
        <translation>Residuum: die Summe ist {0} statt 0</translation>
    </message>
    <message>
        <source>said to be of {0}</source>
        <translation>angeblich von {0}</translation>
    </message>
    <message>
        <source>said to be of {0}, by another network</source>
        <translation>angeblich von {0}, von einem anderen Netz</translation>
    </message>
    <message>
        <source>said to be of {0}, by {1}</source>
        <translation>angeblich von {0}, Netz: {1}</translation>
    </message>
    <message>
        <source>set 'output_type' in its card to 'logits' or 'probabilities'</source>
        <translation>in der Karte „logits“ oder „probabilities“ als „output_type“ angeben</translation>
    </message>
    <message>
        <source>use 'multi-label' for labels that do not exclude each other, or 'softmax'</source>
        <translation>„multi-label“ angeben, wenn sich die Labels nicht ausschließen, sonst „softmax“</translation>
    </message>
    <message>
        <source>use 'multi-label', or set its 'output_type' to 'logits'</source>
        <translation>„multi-label“ angeben oder „logits“ als „output_type“</translation>
    </message>
    <message>
        <source>say {0}</source>
        <translation>{0} angeben</translation>
    </message>
    <message>
        <source>scan unknown</source>
        <translation>Scan unbekannt</translation>
    </message>
    <message>
        <source>scan unknown, by another network</source>
        <translation>Scan unbekannt, von einem anderen Netz</translation>
    </message>
    <message>
        <source>scan unknown, by {0}</source>
        <translation>Scan unbekannt, Netz: {0}</translation>
    </message>
    <message>
        <source>share of |relevance|: {0}</source>
        <translation>Anteil an |Relevanz|: {0}</translation>
    </message>
    <message>
        <source>slice {0} of {1}</source>
        <translation>Schicht {0} von {1}</translation>
    </message>
    <message>
        <source>similar notes apply to {0} more of these scans</source>
        <translation>Ähnliches gilt für {0} weitere dieser Scans</translation>
    </message>
    <message>
        <source>so the card says</source>
        <translation>so sagt es die Karte</translation>
    </message>
    <message>
        <source>softmax</source>
        <translation>Softmax</translation>
    </message>
    <message>
        <source>some of its networks output probabilities and others do not</source>
        <translation>manche seiner Netze antworten mit Wahrscheinlichkeiten, andere nicht</translation>
    </message>
    <message>
        <source>standard deviation over</source>
        <translation>Standardabweichung über</translation>
    </message>
    <message>
        <source>standard deviation over {0}</source>
        <translation>Standardabweichung über {0}</translation>
    </message>
    <message>
        <source>step {0} of {1}</source>
        <translation>Schritt {0} von {1}</translation>
    </message>
    <message>
        <source>stopped at step {0} of {1}</source>
        <translation>angehalten bei Schritt {0} von {1}</translation>
    </message>
    <message>
        <source>stopped at {0}</source>
        <translation>angehalten bei {0}</translation>
    </message>
    <message>
        <source>sum</source>
        <translation>Summe</translation>
    </message>
    <message>
        <source>supervoxels, scale {0} of {1}</source>
        <translation>Supervoxel, Skala {0} von {1}</translation>
    </message>
    <message>
        <source>choose 2 to {0}</source>
        <translation>2 bis {0} nehmen</translation>
    </message>
    <message>
        <source>use ensemble for several</source>
        <translation>für mehrere das Ensemble nehmen</translation>
    </message>
    <message>
        <source>use moves or ensemble; an exported network may have lost its dropout, its weights with a card have not</source>
        <translation>Bewegungen oder Ensemble nehmen; ein exportiertes Netz hat sein Dropout vielleicht verloren, seine Gewichte mit Karte nicht</translation>
    </message>
    <message>
        <source>propagated by their derivative, although they act like rectifiers: {0}</source>
        <translation>mit ihrer einfachen Ableitung genommen, obwohl sie wie Gleichrichter wirken: {0}</translation>
    </message>
    <message>
        <source>takes images of several sizes</source>
        <translation>nimmt Bilder verschiedener Größe</translation>
    </message>
    <message>
        <source>takes no image</source>
        <translation>nimmt kein Bild</translation>
    </message>
    <message>
        <source>takes numbers in addition to the image</source>
        <translation>nimmt neben dem Bild auch Zahlen</translation>
    </message>
    <message>
        <source>takes {0} images{1}, but one scan is one image</source>
        <translation>nimmt {0} Bilder zugleich{1}, und ein Scan ist ein Bild</translation>
    </message>
    <message>
        <source>the active channels of this layer do not support the output</source>
        <translation>die aktiven Kanäle dieser Schicht stützen die Ausgabe nicht</translation>
    </message>
    <message>
        <source>the bottleneck</source>
        <translation>der Engpass</translation>
    </message>
    <message>
        <source>the explanation is of the image only; held fixed: {0}</source>
        <translation>erklärt wird nur das Bild; festgehalten: {0}</translation>
    </message>
    <message>
        <source>the images are used in the order given, {0}: the card does not name the channels</source>
        <translation>die Bilder gelten in der angegebenen Reihenfolge, {0}: die Karte nennt die Kanäle nicht</translation>
    </message>
    <message>
        <source>the images go to the network's arguments by position: {0}</source>
        <translation>die Bilder gehen der Reihe nach an die Argumente des Netzes: {0}</translation>
    </message>
    <message>
        <source>the last layer before the head</source>
        <translation>die letzte Schicht vor dem Kopf</translation>
    </message>
    <message>
        <source>the last norm of a grid of tokens</source>
        <translation>die letzte Norm eines Gitters von Tokens</translation>
    </message>
    <message>
        <source>the layer adds nothing compared with the baseline</source>
        <translation>die Schicht trägt im Vergleich mit der Baseline nichts bei</translation>
    </message>
    <message>
        <source>the layer is not the only path through the network: contributions that bypass it are not in the map</source>
        <translation>die Schicht ist nicht der einzige Weg durch das Netz: was an ihr vorbeigeht, ist nicht in der Karte</translation>
    </message>
    <message>
        <source>the logarithm of a probability</source>
        <translation>der Logarithmus einer Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>the map is of the network's {0} input channels together, not a sum over them</source>
        <translation>die Karte gilt für die {0} Eingabekanäle des Netzes zusammen und ist keine Summe über sie</translation>
    </message>
    <message>
        <source>the map is that of {0}, enlarged to the input's grid</source>
        <translation>die Karte ist die von {0}, auf das Gitter der Eingabe vergrößert</translation>
    </message>
    <message>
        <source>the map is the sum over the network's {0} input channels</source>
        <translation>die Karte ist die Summe über die {0} Eingabekanäle des Netzes</translation>
    </message>
    <message>
        <source>the map is zero everywhere: {0}</source>
        <translation>die Karte ist überall null: {0}</translation>
    </message>
    <message>
        <source>the map is, at each voxel, the steepest slope among the network's {0} input channels</source>
        <translation>die Karte ist in jedem Voxel die steilste Steigung unter den {0} Eingabekanälen des Netzes</translation>
    </message>
    <message>
        <source>the map sums to {0}</source>
        <translation>die Summe der Karte ist {0}</translation>
    </message>
    <message>
        <source>the maps are made by {0} networks, {1}</source>
        <translation>die Karten stammen von {0} Netzen, {1}</translation>
    </message>
    <message>
        <source>the maps are of {0} scans, {1}</source>
        <translation>die Karten sind von {0} Scans, {1}</translation>
    </message>
    <message>
        <source>the maps explain {0} targets, {1}</source>
        <translation>die Karten erklären {0} Ziele, {1}</translation>
    </message>
    <message>
        <source>the mean of the maps against {0} reference scans</source>
        <translation>das Mittel der Karten gegen {0} Referenzscans</translation>
    </message>
    <message>
        <source>the network ends in a {0}</source>
        <translation>das Netz endet mit {0}</translation>
    </message>
    <message>
        <source>the network returns {0} tensors; explained: {1}</source>
        <translation>das Netz gibt {0} Tensoren zurück; erklärt wird {1}</translation>
    </message>
    <message>
        <source>the network has no known rectifier: the map is the plain gradient</source>
        <translation>das Netz hat keinen bekannten Gleichrichter: die Karte ist der einfache Gradient</translation>
    </message>
    <message>
        <source>the network keeps them in that range</source>
        <translation>das Netz hält sie in diesem Bereich</translation>
    </message>
    <message>
        <source>the number of classes at every voxel, of {0}</source>
        <translation>die Zahl der Klassen in jedem Voxel, von {0}</translation>
    </message>
    <message>
        <source>the outputs ({0}) are taken as {1}: {2}</source>
        <translation>die Ausgaben ({0}) gelten als {1}: {2}</translation>
    </message>
    <message>
        <source>the outputs are means over {0} slices</source>
        <translation>die Ausgaben sind Mittel über {0} Schichten</translation>
    </message>
    <message>
        <source>the outputs are not negative and add up to 1: they are taken as probabilities as they are</source>
        <translation>die Ausgaben sind nicht negativ und summieren sich zu 1: sie gelten als Wahrscheinlichkeiten, wie sie sind</translation>
    </message>
    <message>
        <source>the outputs are taken as logits, but may not be logits: the network's last operators do not show it; set 'output_type' in its card to 'logits' or 'probabilities'</source>
        <translation>die Ausgaben gelten als Logits und sind vielleicht keine: die letzten Operatoren des Netzes sagen es nicht; „output_type“ in der Karte angeben: „logits“ oder „probabilities“</translation>
    </message>
    <message>
        <source>the outputs are {0}</source>
        <translation>die Ausgaben sind {0}</translation>
    </message>
    <message>
        <source>the outputs lie between 0 and 1, as probabilities do; if so, the ones shown are wrong: set 'output_type' in its card to 'logits' or 'probabilities'</source>
        <translation>die Ausgaben liegen zwischen 0 und 1 wie Wahrscheinlichkeiten; wenn sie welche sind, sind die gezeigten falsch: „output_type“ in der Karte angeben: „logits“ oder „probabilities“</translation>
    </message>
    <message>
        <source>the outputs {0}, and are taken as logits; if not, set 'output_type' in the card</source>
        <translation>die Ausgaben {0} und gelten als Logits; andernfalls „output_type“ in der Karte angeben</translation>
    </message>
    <message>
        <source>the outputs {0}, and the card does not say what they are; its 'output_type' may be 'logits' or 'probabilities', its 'output' 'value'</source>
        <translation>die Ausgaben {0}, und die Karte sagt nicht, was sie sind; „output_type“ kann „logits“ oder „probabilities“ sein, „output“ auch „value“</translation>
    </message>
    <message>
        <source>the part of {0} in the map, which is the sum over {1}</source>
        <translation>der Teil von {0} an der Karte, die die Summe über {1} ist</translation>
    </message>
    <message>
        <source>the patch embedding, the network's first layer: the map says little about its later layers</source>
        <translation>die Patch-Einbettung, die erste Schicht des Netzes: über spätere Schichten sagt die Karte wenig</translation>
    </message>
    <message>
        <source>the prediction of {0} at every voxel, not an explanation: {1}</source>
        <translation>die Vorhersage von {0} in jedem Voxel, keine Erklärung: {1}</translation>
    </message>
    <message>
        <source>the reference is constant, and the network normalises by the variance of its own input ({0}), which is 0 there: contributions may be far too large and cancel; use the blurred baseline</source>
        <translation>die Referenz ist konstant, und das Netz normiert mit der Varianz der eigenen Eingabe ({0}), die dort 0 ist: Beiträge können viel zu groß sein und sich aufheben; besser die weichgezeichnete Baseline</translation>
    </message>
    <message>
        <source>the region is the predicted body of {0} at {1} mm</source>
        <translation>die Region ist der vorhergesagte Körper von {0} bei {1} mm</translation>
    </message>
    <message>
        <source>the scan is used for all {0} channels of the network{1}: its card says repeat</source>
        <translation>der Scan geht an alle {0} Kanäle des Netzes{1}: so sagt es seine Karte (repeat)</translation>
    </message>
    <message>
        <source>the slope of {0} where it is the steepest among {1}, and 0 elsewhere</source>
        <translation>die Steigung von {0}, wo sie unter {1} die steilste ist, sonst 0</translation>
    </message>
    <message>
        <source>the sum misses f(x) − f(baseline) by {0} after 1 step</source>
        <translation>die Summe verfehlt f(x) − f(Baseline) nach 1 Schritt um {0}</translation>
    </message>
    <message>
        <source>the sum misses f(x) − f(baseline) by {0} after 1 step; a smaller distance reduces it</source>
        <translation>die Summe verfehlt f(x) − f(Baseline) nach 1 Schritt um {0}; ein kleinerer Abstand verringert das</translation>
    </message>
    <message>
        <source>the sum misses f(x) − f(baseline) by {0} after {1} steps</source>
        <translation>die Summe verfehlt f(x) − f(Baseline) nach {1} Schritten um {0}</translation>
    </message>
    <message>
        <source>the sum misses f(x) − f(baseline) by {0} after {1} steps; a smaller distance reduces it</source>
        <translation>die Summe verfehlt f(x) − f(Baseline) nach {1} Schritten um {0}; ein kleinerer Abstand verringert das</translation>
    </message>
    <message>
        <source>the sum misses f(x) − f(blurred x) by {0} after 1 step</source>
        <translation>die Summe verfehlt f(x) − f(weichgezeichnetes x) nach 1 Schritt um {0}</translation>
    </message>
    <message>
        <source>the sum misses f(x) − f(blurred x) by {0} after {1} steps</source>
        <translation>die Summe verfehlt f(x) − f(weichgezeichnetes x) nach {1} Schritten um {0}</translation>
    </message>
    <message>
        <source>the sum over 1 slice</source>
        <translation>die Summe über 1 Schicht</translation>
    </message>
    <message>
        <source>the sum over {0} slices</source>
        <translation>die Summe über {0} Schichten</translation>
    </message>
    <message>
        <source>the tensor was converted from {0} to {1}, the precision of the network</source>
        <translation>der Tensor wurde von {0} in {1} umgewandelt, womit das Netz rechnet</translation>
    </message>
    <message>
        <source>the tokens that enter the last attention</source>
        <translation>die Tokens, die in die letzte Aufmerksamkeit gehen</translation>
    </message>
    <message>
        <source>this map is of another scan named {0}, not of {1}</source>
        <translation>diese Karte ist von einem anderen Scan namens {0}, nicht von {1}</translation>
    </message>
    <message>
        <source>this map is of another scan, not of {0}</source>
        <translation>diese Karte ist von einem anderen Scan, nicht von {0}</translation>
    </message>
    <message>
        <source>this map is of {0}, not of {1}</source>
        <translation>diese Karte ist von {0}, nicht von {1}</translation>
    </message>
    <message>
        <source>this map is {0}, not of {1}</source>
        <translation>diese Karte ist {0}, nicht von {1}</translation>
    </message>
    <message>
        <source>this map was made by another network, not by {0}</source>
        <translation>diese Karte stammt von einem anderen Netz, nicht von {0}</translation>
    </message>
    <message>
        <source>this map was made by {0}</source>
        <translation>diese Karte stammt von {0}</translation>
    </message>
    <message>
        <source>this map was made by {0}, not by {1}</source>
        <translation>diese Karte stammt von {0}, nicht von {1}</translation>
    </message>
    <message>
        <source>this map was made with {0}</source>
        <translation>diese Karte entstand mit {0}</translation>
    </message>
    <message>
        <source>this map was made {0}</source>
        <translation>diese Karte entstand {0}</translation>
    </message>
    <message>
        <source>this map was made {0}, not by {1}</source>
        <translation>diese Karte entstand {0}, nicht von {1}</translation>
    </message>
    <message>
        <source>this network</source>
        <translation>dieses Netz</translation>
    </message>
    <message>
        <source>three</source>
        <translation>drei</translation>
    </message>
    <message>
        <source>two</source>
        <translation>zwei</translation>
    </message>
    <message>
        <source>uncertainty not measured</source>
        <translation>Unsicherheit nicht gemessen</translation>
    </message>
    <message>
        <source>uncertainty: {0}</source>
        <translation>Unsicherheit: {0}</translation>
    </message>
    <message>
        <source>uncertainty: {0} ({1})</source>
        <translation>Unsicherheit: {0} ({1})</translation>
    </message>
    <message>
        <source>varies one network</source>
        <translation>variiert ein einzelnes Netz</translation>
    </message>
    <message>
        <source>volume {0}</source>
        <translation>Volumen {0}</translation>
    </message>
    <message>
        <source>volumes {0}</source>
        <translation>Volumina {0}</translation>
    </message>
    <message>
        <source>what is explained is the difference of two outputs, {0}</source>
        <translation>erklärt wird die Differenz zweier Ausgaben, {0}</translation>
    </message>
    <message>
        <source>what is explained is the output itself, {0}, not a logit</source>
        <translation>erklärt wird die Ausgabe, wie sie ist, {0}, kein Logit</translation>
    </message>
    <message>
        <source>what is explained is the {0} of {1} over 1 voxel of the prediction{2}</source>
        <translation>erklärt wird {0} von {1} über 1 Voxel der Vorhersage{2}</translation>
    </message>
    <message>
        <source>what is explained is the {0} of {1} over {2} voxels of the prediction{3}</source>
        <translation>erklärt wird {0} von {1} über {2} Voxel der Vorhersage{3}</translation>
    </message>
    <message>
        <source>what passes through {0} of {1}: {2} of the |relevance| of its 1 channel</source>
        <translation>was durch {0} von {1} geht: {2} der |Relevanz| seines 1 Kanals</translation>
    </message>
    <message>
        <source>what passes through {0} of {1}: {2} of the |relevance| of its {3} channels</source>
        <translation>was durch {0} von {1} geht: {2} der |Relevanz| seiner {3} Kanäle</translation>
    </message>
    <message>
        <source>what passes through {0} of {1}: {2} of the |relevance| of its {3} channels; the most relevant one was taken, as none is named</source>
        <translation>was durch {0} von {1} geht: {2} der |Relevanz| seiner {3} Kanäle; der relevanteste wurde genommen, da keiner genannt ist</translation>
    </message>
    <message>
        <source>whole network</source>
        <translation>ganzes Netz</translation>
    </message>
    <message>
        <source>window {0} of {1}</source>
        <translation>Fenster {0} von {1}</translation>
    </message>
    <message>
        <source>windows joined</source>
        <translation>Fenster zusammengefügt</translation>
    </message>
    <message>
        <source>windows of {0} voxels{1}</source>
        <translation>Fenster von {0} Voxel{1}</translation>
    </message>
    <message>
        <source>windows of {0} voxels{1}{2}</source>
        <translation>Fenster von {0} Voxel{1}{2}</translation>
    </message>
    <message>
        <source>with {0}</source>
        <translation>mit {0}</translation>
    </message>
    <message>
        <source>with {0}, not {1}</source>
        <translation>mit {0}, nicht {1}</translation>
    </message>
    <message>
        <source>{0} ({1}: {2} instead of {3}{4})</source>
        <translation>{0} ({1}: {2} statt {3}{4})</translation>
    </message>
    <message>
        <source>{0} absorbed {1}</source>
        <translation>{0} absorbierten {1}</translation>
    </message>
    <message>
        <source>{0} absorbed {1} and {2} absorbed {3}</source>
        <translation>{0} absorbierten {1}, und {2} absorbierte {3}</translation>
    </message>
    <message>
        <source>{0} absorbed {1} and {2} added {3}</source>
        <translation>{0} absorbierten {1}, und {2} fügte {3} hinzu</translation>
    </message>
    <message>
        <source>{0} added {1}</source>
        <translation>{0} fügten {1} hinzu</translation>
    </message>
    <message>
        <source>{0} added {1} and {2} absorbed {3}</source>
        <translation>{0} fügten {1} hinzu, und {2} absorbierte {3}</translation>
    </message>
    <message>
        <source>{0} added {1} and {2} added {3}</source>
        <translation>{0} fügten {1} hinzu, und {2} fügte {3} hinzu</translation>
    </message>
    <message>
        <source>{0} classes</source>
        <translation>{0} Klassen</translation>
    </message>
    <message>
        <source>{0} covers only {1} of the explained scan; the rest is empty</source>
        <translation>{0} deckt nur {1} des erklärten Scans ab; außerhalb ist er leer</translation>
    </message>
    <message>
        <source>{0} dropout samples</source>
        <translation>{0} Dropout-Ziehungen</translation>
    </message>
    <message>
        <source>{0} images</source>
        <translation>{0} Bilder</translation>
    </message>
    <message>
        <source>{0} is in the ensemble twice</source>
        <translation>{0} ist zweimal im Ensemble</translation>
    </message>
    <message>
        <source>{0} is {1}, and the explained scan is {2}: they may not match</source>
        <translation>{0} ist {1}, der erklärte Scan {2}: sie passen vielleicht nicht zusammen</translation>
    </message>
    <message>
        <source>{0} moved inputs</source>
        <translation>{0} bewegten Eingaben</translation>
    </message>
    <message>
        <source>{0} networks</source>
        <translation>{0} Netzen</translation>
    </message>
    <message>
        <source>{0} of the output</source>
        <translation>{0} der Ausgabe</translation>
    </message>
    <message>
        <source>{0} of the output's relevance</source>
        <translation>{0} der Relevanz der Ausgabe</translation>
    </message>
    <message>
        <source>{0} of the scan's nonzero voxels are outside of the network's grid</source>
        <translation>{0} der von null verschiedenen Voxel des Scans liegen außerhalb des Gitters des Netzes</translation>
    </message>
    <message>
        <source>{0} of the voxels are in no supervoxel that adds {1}, and share one mean; use fewer supervoxels, or a smaller limit</source>
        <translation>{0} der Voxel liegen in keinem Supervoxel, das {1} hinzufügt, und haben zusammen einen Mittelwert; weniger Supervoxel oder eine kleinere Grenze nehmen</translation>
    </message>
    <message>
        <source>{0} slices were explained one after the other, and their maps stacked</source>
        <translation>{0} Schichten wurden einzeln erklärt und ihre Karten gestapelt</translation>
    </message>
    <message>
        <source>{0} steps were used to reach the tolerance of {1}</source>
        <translation>{0} Schritte waren für die Toleranz von {1} nötig</translation>
    </message>
    <message>
        <source>{0} tensors are</source>
        <translation>{0} Tensoren sind</translation>
    </message>
    <message>
        <source>{0} to {1}, mean {2}</source>
        <translation>{0} bis {1}, Mittel {2}</translation>
    </message>
    <message>
        <source>{0} where the output is 0</source>
        <translation>{0}, wo die Ausgabe 0 ist</translation>
    </message>
    <message>
        <source>{0} {1} to {2}, mean {3}</source>
        <translation>{0} {1} bis {2}, Mittel {3}</translation>
    </message>
    <message>
        <source>{0}, SD of {1}</source>
        <translation>{0}, SD aus {1}</translation>
    </message>
    <message>
        <source>{0}, as the last convolution is the output itself</source>
        <translation>{0}, da die letzte Faltung die Ausgabe selbst ist</translation>
    </message>
    <message>
        <source>{0}, by the method's definition</source>
        <translation>{0}, nach Definition der Methode</translation>
    </message>
    <message>
        <source>{0}, cancelling noise</source>
        <translation>{0}, sich aufhebendes Rauschen</translation>
    </message>
    <message>
        <source>{0}, mean of {1}</source>
        <translation>{0}, Mittel aus {1}</translation>
    </message>
    <message>
        <source>{0}, mean so far</source>
        <translation>{0}, bisheriges Mittel</translation>
    </message>
    <message>
        <source>{0}, mirrored {1} of {2}</source>
        <translation>{0}, Spiegelung {1} von {2}</translation>
    </message>
    <message>
        <source>{0}, so far</source>
        <translation>{0}, bisher</translation>
    </message>
    <message>
        <source>{0}: prepared in the same way as the explained scan</source>
        <translation>{0}: vorbereitet wie der erklärte Scan</translation>
    </message>
    <message>
        <source>{0}: the explained scan is among these scans</source>
        <translation>{0}: der erklärte Scan ist unter diesen Scans</translation>
    </message>
    <message>
        <source>{0}: the scan {1} (SHA-256 {2})</source>
        <translation>{0}: der Scan {1} (SHA-256 {2})</translation>
    </message>
    <message>
        <source>{0}: {1} scans, {2}{3} (SHA-256 {4})</source>
        <translation>{0}: {1} Scans, {2}{3} (SHA-256 {4})</translation>
    </message>
    <message>
        <source>{0}; it contains {1} of f(x) − f(baseline)</source>
        <translation>{0}; sie enthält {1} von f(x) − f(Baseline)</translation>
    </message>
    <message>
        <source>{0}; absolute values sum to {1} times the output</source>
        <translation>{0}; die Beträge summieren sich auf das {1}-Fache der Ausgabe</translation>
    </message>
    <message>
        <source>{0}th to {1}th percentile of {2}</source>
        <translation>{0}. bis {1}. Perzentil aus {2}</translation>
    </message>
    <message>
        <source>ε absorbed {0}</source>
        <translation>ε absorbierte {0}</translation>
    </message>
    <message>
        <source>ε added {0}</source>
        <translation>ε fügte {0} hinzu</translation>
    </message>
</context>
</TS>
