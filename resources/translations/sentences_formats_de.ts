<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source>a PDF cannot hold the interactive page</source>
        <translation>ein PDF kann die interaktive Seite nicht enthalten</translation>
    </message>
    <message>
        <source>a network with one input is needed</source>
        <translation>gebraucht wird ein Netz mit einer Eingabe</translation>
    </message>
    <message>
        <source>a page cannot be written as {0}</source>
        <translation>eine Seite lässt sich nicht als {0} schreiben</translation>
    </message>
    <message>
        <source>a report cannot be written as {0}</source>
        <translation>ein Bericht lässt sich nicht als {0} schreiben</translation>
    </message>
    <message>
        <source>a shape of {0} numbers for three dimensions</source>
        <translation>eine Form von {0} Zahlen für drei Dimensionen</translation>
    </message>
    <message>
        <source>a shape of {0} numbers for {1} dimensions</source>
        <translation>eine Form von {0} Zahlen für {1} Dimensionen</translation>
    </message>
    <message>
        <source>a share of {0} was requested</source>
        <translation>ein Anteil von {0} ist verlangt</translation>
    </message>
    <message>
        <source>all of them are the same</source>
        <translation>alle sind gleich</translation>
    </message>
    <message>
        <source>an array of {0} cannot be packed</source>
        <translation>ein Feld von {0} lässt sich nicht packen</translation>
    </message>
    <message>
        <source>an input (N, C, spatial...) is needed</source>
        <translation>eine Eingabe (N, C, Raum …) ist nötig</translation>
    </message>
    <message>
        <source>an input of {0} voxels is too small</source>
        <translation>eine Eingabe von {0} Voxeln ist zu klein</translation>
    </message>
    <message>
        <source>argument {0} is {1}</source>
        <translation>Argument {0} ist {1}</translation>
    </message>
    <message>
        <source>at most {0} are read</source>
        <translation>höchstens {0} werden gelesen</translation>
    </message>
    <message>
        <source>averages over a dilated window</source>
        <translation>mittelt über ein dilatiertes Fenster</translation>
    </message>
    <message>
        <source>cannot be captured{0}: {1}</source>
        <translation>lässt sich nicht erfassen{0}: {1}</translation>
    </message>
    <message>
        <source>cannot be copied: {0}</source>
        <translation>lässt sich nicht kopieren: {0}</translation>
    </message>
    <message>
        <source>cannot be created without arguments ({0})</source>
        <translation>lässt sich ohne Argumente nicht erzeugen ({0})</translation>
    </message>
    <message>
        <source>cannot be imported ({0})</source>
        <translation>lässt sich nicht importieren ({0})</translation>
    </message>
    <message>
        <source>cannot be imported ({0}); update or uninstall the package</source>
        <translation>lässt sich nicht importieren ({0}); das Paket aktualisieren oder entfernen</translation>
    </message>
    <message>
        <source>cannot be referred to in DICOM ({0})</source>
        <translation>ist in DICOM nicht zitierbar ({0})</translation>
    </message>
    <message>
        <source>are not supported</source>
        <translation>werden nicht unterstützt</translation>
    </message>
    <message>
        <source>cannot be written as a name in DICOM</source>
        <translation>lässt sich in DICOM nicht als Name schreiben</translation>
    </message>
    <message>
        <source>cannot compute with {0}: {1}</source>
        <translation>kann nicht mit {0} rechnen: {1}</translation>
    </message>
    <message>
        <source>cannot process its input: {0}</source>
        <translation>kann die Eingabe nicht verarbeiten: {0}</translation>
    </message>
    <message>
        <source>cannot use the package highdicom: {0}</source>
        <translation>kann das Paket highdicom nicht verwenden: {0}</translation>
    </message>
    <message>
        <source>choose another folder or name</source>
        <translation>einen anderen Ordner oder Namen wählen</translation>
    </message>
    <message>
        <source>choose another one</source>
        <translation>einen anderen wählen</translation>
    </message>
    <message>
        <source>compute a map of this scan</source>
        <translation>eine Karte dieses Scans berechnen</translation>
    </message>
    <message>
        <source>compute it again</source>
        <translation>neu berechnen</translation>
    </message>
    <message>
        <source>compute the map on the scan's own grid</source>
        <translation>die Karte auf dem Gitter des Scans berechnen</translation>
    </message>
    <message>
        <source>contains non-finite values</source>
        <translation>enthält nicht endliche Werte</translation>
    </message>
    <message>
        <source>describes its layers in an unknown format ({0})</source>
        <translation>beschreibt seine Schichten auf unbekannte Weise ({0})</translation>
    </message>
    <message>
        <source>does not choose one of several classes, but generators change one into another</source>
        <translation>wählt nicht eine von mehreren Klassen, und Generatoren machen aus einer eine andere</translation>
    </message>
    <message>
        <source>does not depend on {0}</source>
        <translation>hängt nicht von {0} ab</translation>
    </message>
    <message>
        <source>does not identify {0} ({1}), so no object can refer to it</source>
        <translation>nennt {0} nicht ({1}), sodass nichts darauf verweisen kann</translation>
    </message>
    <message>
        <source>does not implement {0}</source>
        <translation>implementiert {0} nicht</translation>
    </message>
    <message>
        <source>does not take the simulated brains ({0})</source>
        <translation>nimmt die simulierten Gehirne nicht ({0})</translation>
    </message>
    <message>
        <source>download or save the file again</source>
        <translation>die Datei neu herunterladen oder speichern</translation>
    </message>
    <message>
        <source>drops values at random</source>
        <translation>lässt zufällig Werte weg</translation>
    </message>
    <message>
        <source>end the name in .html or .pdf</source>
        <translation>den Namen mit .html oder .pdf enden lassen</translation>
    </message>
    <message>
        <source>every value of y is needed in at least two subjects</source>
        <translation>jeder Wert von y wird bei mindestens zwei Personen gebraucht</translation>
    </message>
    <message>
        <source>exists already</source>
        <translation>gibt es schon</translation>
    </message>
    <message>
        <source>explain a later layer</source>
        <translation>eine spätere Schicht erklären</translation>
    </message>
    <message>
        <source>explain a network, but none is given</source>
        <translation>erklären ein Netz, und keines ist angegeben</translation>
    </message>
    <message>
        <source>export it again with torch 2.9 or later</source>
        <translation>mit torch 2.9 oder neuer exportieren</translation>
    </message>
    <message>
        <source>export it as one</source>
        <translation>als solche exportieren</translation>
    </message>
    <message>
        <source>export it with a fixed number</source>
        <translation>mit fester Anzahl exportieren</translation>
    </message>
    <message>
        <source>export it for a fixed size</source>
        <translation>für eine feste Größe exportieren</translation>
    </message>
    <message>
        <source>export it with a single floating-point dtype</source>
        <translation>mit einem einzigen Gleitkomma-Datentyp exportieren</translation>
    </message>
    <message>
        <source>export it with pads instead</source>
        <translation>stattdessen mit Auffüllungen exportieren</translation>
    </message>
    <message>
        <source>export it with sizes</source>
        <translation>mit Größen exportieren</translation>
    </message>
    <message>
        <source>export or download it again</source>
        <translation>neu exportieren oder herunterladen</translation>
    </message>
    <message>
        <source>export the network from PyTorch with torch.export.save, or without them</source>
        <translation>das Netz aus PyTorch mit torch.export.save exportieren oder ohne sie</translation>
    </message>
    <message>
        <source>export the network in evaluation mode</source>
        <translation>das Netz im Auswertungsmodus exportieren</translation>
    </message>
    <message>
        <source>export the series from the archive again</source>
        <translation>die Serie neu aus dem Archiv exportieren</translation>
    </message>
    <message>
        <source>express it as a convolution</source>
        <translation>als Faltung ausdrücken</translation>
    </message>
    <message>
        <source>give a table of scans</source>
        <translation>eine Tabelle von Scans angeben</translation>
    </message>
    <message>
        <source>give the model</source>
        <translation>das Modell angeben</translation>
    </message>
    <message>
        <source>give {0} or more</source>
        <translation>mindestens {0} angeben</translation>
    </message>
    <message>
        <source>has a grid that is sheared along every axis, which DICOM cannot describe</source>
        <translation>liegt auf einem entlang jeder Achse gescherten Gitter, das DICOM nicht beschreiben kann</translation>
    </message>
    <message>
        <source>is a feature visualization, not a map</source>
        <translation>ist das Bild dessen, was eine Einheit sucht, keine Karte</translation>
    </message>
    <message>
        <source>returns {0}, which it does not compute</source>
        <translation>gibt {0} zurück, das es nicht berechnet</translation>
    </message>
    <message>
        <source>returns only integers</source>
        <translation>gibt nur ganze Zahlen zurück</translation>
    </message>
    <message>
        <source>has the attribute output_shape</source>
        <translation>hat das Attribut output_shape</translation>
    </message>
    <message>
        <source>passes tensors to the layer {0} by name</source>
        <translation>übergibt der Schicht {0} Tensoren mit Namen</translation>
    </message>
    <message>
        <source>has 1 input and 1 output</source>
        <translation>hat 1 Eingabe und 1 Ausgabe</translation>
    </message>
    <message>
        <source>has 1 input and {0} outputs</source>
        <translation>hat 1 Eingabe und {0} Ausgaben</translation>
    </message>
    <message>
        <source>has a shape that is not the batch's alone</source>
        <translation>hat eine Form, die nicht nur vom Batch abhängt</translation>
    </message>
    <message>
        <source>has an output padding or a dilation</source>
        <translation>hat eine Ausgabeauffüllung oder Dilatation</translation>
    </message>
    <message>
        <source>has custom code ({0}) for {1}, which is not run</source>
        <translation>hat eigenen Code ({0}) für {1}, der nicht ausgeführt wird</translation>
    </message>
    <message>
        <source>has forward hooks, which a graph cannot represent</source>
        <translation>hat Forward-Hooks, die ein Graph nicht darstellen kann</translation>
    </message>
    <message>
        <source>has no derivative of its own</source>
        <translation>hat keine eigene Ableitung</translation>
    </message>
    <message>
        <source>has no place for the batch</source>
        <translation>hat keinen Platz für den Batch</translation>
    </message>
    <message>
        <source>has scales that do not give integer sizes</source>
        <translation>hat Skalierungen, die keine ganzen Größen ergeben</translation>
    </message>
    <message>
        <source>has strides, dilations or pads for a number of axes other than {0}</source>
        <translation>hat Strides, Dilatationen oder Auffüllungen für eine andere Zahl von Achsen als {0}</translation>
    </message>
    <message>
        <source>has the activation {0}, which the viewer does not support</source>
        <translation>hat die Aktivierung {0}, die das Programm nicht kennt</translation>
    </message>
    <message>
        <source>has the activation {0}, whose code is not available</source>
        <translation>hat die Aktivierung {0}, deren Code fehlt</translation>
    </message>
    <message>
        <source>has the layer {0} without its inputs</source>
        <translation>hat die Schicht {0} ohne Eingaben</translation>
    </message>
    <message>
        <source>has the shape {0}, but the network expects {1}</source>
        <translation>hat die Form {0}, und das Netz nimmt {1}</translation>
    </message>
    <message>
        <source>has two layers of the same name</source>
        <translation>hat zwei Schichten gleichen Namens</translation>
    </message>
    <message>
        <source>has weights of different sizes</source>
        <translation>hat Gewichte verschiedener Größe</translation>
    </message>
    <message>
        <source>has {0} inputs and 1 output</source>
        <translation>hat {0} Eingaben und 1 Ausgabe</translation>
    </message>
    <message>
        <source>has {0} inputs and {1} outputs</source>
        <translation>hat {0} Eingaben und {1} Ausgaben</translation>
    </message>
    <message>
        <source>has {0} layers</source>
        <translation>hat {0} Schichten</translation>
    </message>
    <message>
        <source>has {0} {1}, which the viewer does not support</source>
        <translation>hat {0} {1}, das das Programm nicht kennt</translation>
    </message>
    <message>
        <source>hidden units</source>
        <translation>verborgene Einheiten</translation>
    </message>
    <message>
        <source>holds no generators</source>
        <translation>enthält keine Generatoren</translation>
    </message>
    <message>
        <source>holds no Keras network</source>
        <translation>enthält kein Keras-Netz</translation>
    </message>
    <message>
        <source>holds {0} as a pickle, which could run code</source>
        <translation>enthält {0} als Pickle, der Code ausführen könnte</translation>
    </message>
    <message>
        <source>only images of one size can be explained</source>
        <translation>nur Bilder einer Größe lassen sich erklären</translation>
    </message>
    <message>
        <source>install it: {0}</source>
        <translation>installieren: {0}</translation>
    </message>
    <message>
        <source>interpolates by {0} along {1} axes</source>
        <translation>interpoliert mit {0} entlang {1} Achsen</translation>
    </message>
    <message>
        <source>has another cubic coefficient than torch's</source>
        <translation>hat einen anderen kubischen Koeffizienten als torch</translation>
    </message>
    <message>
        <source>interpolates with antialias or exclude_outside</source>
        <translation>interpoliert mit antialias oder exclude_outside</translation>
    </message>
    <message>
        <source>interpolates {0} with the coordinates {1}</source>
        <translation>interpoliert {0} mit den Koordinaten {1}</translation>
    </message>
    <message>
        <source>is ONNX, which the package onnx reads</source>
        <translation>ist ONNX; das liest das Paket onnx</translation>
    </message>
    <message>
        <source>is a ReLU with a threshold, or with a slope and a maximum</source>
        <translation>ist ein ReLU mit Schwelle oder mit Steigung und Maximum</translation>
    </message>
    <message>
        <source>is a damaged HDF5 file</source>
        <translation>ist eine beschädigte HDF5-Datei</translation>
    </message>
    <message>
        <source>is a damaged or cut-off ONNX file</source>
        <translation>ist eine beschädigte oder abgeschnittene ONNX-Datei</translation>
    </message>
    <message>
        <source>is a Keras file, which the package h5py reads</source>
        <translation>ist eine Datei von Keras; die liest das Paket h5py</translation>
    </message>
    <message>
        <source>is a model of the class {0}, whose code is not available</source>
        <translation>ist ein Modell der Klasse {0}, deren Code fehlt</translation>
    </message>
    <message>
        <source>is an exported program of the unknown version {0}</source>
        <translation>ist ein exportiertes Programm der unbekannten Version {0}</translation>
    </message>
    <message>
        <source>is an input of the kind {0}, which is not supported</source>
        <translation>ist eine Eingabe der Art {0}, die nicht unterstützt wird</translation>
    </message>
    <message>
        <source>is damaged (its header gives no sizes)</source>
        <translation>ist beschädigt (der Header gibt keine Größen an)</translation>
    </message>
    <message>
        <source>is damaged (its header is invalid)</source>
        <translation>ist beschädigt (der Header ist ungültig)</translation>
    </message>
    <message>
        <source>is not an exported program</source>
        <translation>ist kein exportiertes Programm</translation>
    </message>
    <message>
        <source>is not an exported program: it holds more than one folder</source>
        <translation>ist kein exportiertes Programm: es enthält mehr als einen Ordner</translation>
    </message>
    <message>
        <source>is not a file name</source>
        <translation>ist kein Dateiname</translation>
    </message>
    <message>
        <source>is not a fit that `train morch` wrote ({0})</source>
        <translation>ist keine Anpassung, die „train morch“ schrieb ({0})</translation>
    </message>
    <message>
        <source>is not a generator pair, and would be replaced</source>
        <translation>ist kein Paar von Generatoren und würde ersetzt</translation>
    </message>
    <message>
        <source>is not a supported operator</source>
        <translation>ist kein hier bekannter Operator</translation>
    </message>
    <message>
        <source>is not a floating-point tensor of known rank</source>
        <translation>ist kein Gleitkomma-Tensor bekannten Rangs</translation>
    </message>
    <message>
        <source>does not match {0}: it has two different tensors {1}</source>
        <translation>ist kein {0}: es hat zwei verschiedene Tensoren {1}</translation>
    </message>
    <message>
        <source>is not a subclass of {0}.{1}</source>
        <translation>ist keine Unterklasse von {0}.{1}</translation>
    </message>
    <message>
        <source>is not a valid name</source>
        <translation>ist kein gültiger Name</translation>
    </message>
    <message>
        <source>is not a valid name; use lower-case letters, digits and single hyphens</source>
        <translation>ist kein gültiger Name; Kleinbuchstaben, Ziffern und einzelne Bindestriche verwenden</translation>
    </message>
    <message>
        <source>is not an instance of {0}.{1}</source>
        <translation>ist keine Instanz von {0}.{1}</translation>
    </message>
    <message>
        <source>is not installed, and holds the digits</source>
        <translation>ist nicht installiert und enthält die Ziffern</translation>
    </message>
    <message>
        <source>has the opset {0}, but the installed onnx supports 1 to {1}</source>
        <translation>hat das Opset {0}, und das installierte onnx kennt 1 bis {1}</translation>
    </message>
    <message>
        <source>is too large for a pair of generators</source>
        <translation>ist zu groß für ein Paar von Generatoren</translation>
    </message>
    <message>
        <source>is {0}, but the network expects {1}</source>
        <translation>ist {0}, und das Netz nimmt {1}</translation>
    </message>
    <message>
        <source>is {0}, not of {1}</source>
        <translation>ist {0}, nicht von {1}</translation>
    </message>
    <message>
        <source>it needs at least two widths, and one stride fewer than widths</source>
        <translation>es nimmt mindestens zwei Breiten und einen Stride weniger als Breiten</translation>
    </message>
    <message>
        <source>it needs {0} encoder_blocks and {1} decoder_blocks</source>
        <translation>es nimmt {0} encoder_blocks und {1} decoder_blocks</translation>
    </message>
    <message>
        <source>it needs {0} kernels and {1} strides, three for each stage</source>
        <translation>es nimmt {0} Kerne und {1} Strides, drei je Stufe</translation>
    </message>
    <message>
        <source>its architecture cannot be used: {0}</source>
        <translation>die Architektur lässt sich nicht verwenden: {0}</translation>
    </message>
    <message>
        <source>its arguments: {0}</source>
        <translation>die Argumente: {0}</translation>
    </message>
    <message>
        <source>its attribute {0} is missing or is not of type {1}</source>
        <translation>das Attribut {0} fehlt oder ist nicht vom Typ {1}</translation>
    </message>
    <message>
        <source>its card does not say how to simulate its training scans</source>
        <translation>seine Karte sagt nicht, wie die Trainingsscans zu simulieren sind</translation>
    </message>
    <message>
        <source>its card's source is not understood ({0})</source>
        <translation>„source“ seiner Karte ist nicht verständlich ({0})</translation>
    </message>
    <message>
        <source>its kernels must be odd</source>
        <translation>die Kerne müssen ungerade sein</translation>
    </message>
    <message>
        <source>its output does not depend on its input</source>
        <translation>die Ausgabe hängt nicht von der Eingabe ab</translation>
    </message>
    <message>
        <source>its parameters do not fit its sizes</source>
        <translation>die Parameter passen nicht zu den Größen</translation>
    </message>
    <message>
        <source>its shape is not known</source>
        <translation>die Form ist nicht bekannt</translation>
    </message>
    <message>
        <source>joins images and rows of numbers</source>
        <translation>verbindet Bilder und Zahlenreihen</translation>
    </message>
    <message>
        <source>keeps the aspect ratio</source>
        <translation>behält das Seitenverhältnis</translation>
    </message>
    <message>
        <source>kind {0}</source>
        <translation>Art {0}</translation>
    </message>
    <message>
        <source>lacks the package {0}</source>
        <translation>es fehlt das Paket {0}</translation>
    </message>
    <message>
        <source>lacks {0}</source>
        <translation>es fehlt {0}</translation>
    </message>
    <message>
        <source>layers {0}</source>
        <translation>Schichten {0}</translation>
    </message>
    <message>
        <source>has a dynamic number of channels for its input {0}</source>
        <translation>hat eine dynamische Anzahl von Kanälen für die Eingabe {0}</translation>
    </message>
    <message>
        <source>reached no finite cost</source>
        <translation>führte zu keinen endlichen Kosten</translation>
    </message>
    <message>
        <source>let it return one row for each scan, and export it again</source>
        <translation>es mit einer Zeile je Scan antworten lassen und neu exportieren</translation>
    </message>
    <message>
        <source>use letters, digits, dots and dashes</source>
        <translation>Buchstaben, Ziffern, Punkte und Striche verwenden</translation>
    </message>
    <message>
        <source>lists {0} without a valid dtype or shape</source>
        <translation>führt {0} ohne gültigen Datentyp oder gültige Form</translation>
    </message>
    <message>
        <source>make them with saliency-viewer train generators</source>
        <translation>mit saliency-viewer train generators erzeugen</translation>
    </message>
    <message>
        <source>computes a constant of more than {0} values</source>
        <translation>erzeugt eine Konstante mit mehr als {0} Werten</translation>
    </message>
    <message>
        <source>methods that need only its outputs or its gradient still run</source>
        <translation>Methoden, die nur Ausgaben oder Gradient brauchen, laufen weiterhin</translation>
    </message>
    <message>
        <source>mixes layers with the channels first and last</source>
        <translation>mischt Schichten mit Kanälen vorn und hinten</translation>
    </message>
    <message>
        <source>name them</source>
        <translation>sie nennen</translation>
    </message>
    <message>
        <source>name {0}</source>
        <translation>Name {0}</translation>
    </message>
    <message>
        <source>names an output that no layer computes</source>
        <translation>nennt eine Ausgabe, die keine Schicht berechnet</translation>
    </message>
    <message>
        <source>names {0} versions of ONNX's operators</source>
        <translation>nennt {0} Versionen der Operatoren von ONNX</translation>
    </message>
    <message>
        <source>no architecture is called {0}</source>
        <translation>keine Architektur heißt {0}</translation>
    </message>
    <message>
        <source>no card found. The weights look like {0}</source>
        <translation>keine Karte gefunden. Die Gewichte sehen aus wie {0}</translation>
    </message>
    <message>
        <source>no card found. The weights look like {0}{1}</source>
        <translation>keine Karte gefunden. Die Gewichte sehen aus wie {0}{1}</translation>
    </message>
    <message>
        <source>no choice {0}</source>
        <translation>keine Wahl {0}</translation>
    </message>
    <message>
        <source>no setting {0}</source>
        <translation>keine Einstellung {0}</translation>
    </message>
    <message>
        <source>no such layers</source>
        <translation>keine solchen Schichten</translation>
    </message>
    <message>
        <source>no such lesions</source>
        <translation>keine solchen Läsionen</translation>
    </message>
    <message>
        <source>no such network to train</source>
        <translation>kein solches Netz zum Trainieren</translation>
    </message>
    <message>
        <source>no such output</source>
        <translation>keine solche Ausgabe</translation>
    </message>
    <message>
        <source>no such simulated study</source>
        <translation>keine solche simulierte Studie</translation>
    </message>
    <message>
        <source>normalises along an axis other than the channels</source>
        <translation>normiert entlang einer anderen Achse als den Kanälen</translation>
    </message>
    <message>
        <source>normalises with the statistics of the batch</source>
        <translation>normiert mit der Statistik des Batches</translation>
    </message>
    <message>
        <source>one is too few to train generators on</source>
        <translation>einer ist zu wenig, um Generatoren zu trainieren</translation>
    </message>
    <message>
        <source>exactly one is needed</source>
        <translation>gebraucht wird eine</translation>
    </message>
    <message>
        <source>only maps of 3D scans can be written</source>
        <translation>nur Karten von 3D-Scans lassen sich schreiben</translation>
    </message>
    <message>
        <source>operator graph</source>
        <translation>Operatorgraph</translation>
    </message>
    <message>
        <source>overwrites {0}, which is read later as {1}</source>
        <translation>überschreibt {0}, das später als {1} gelesen wird</translation>
    </message>
    <message>
        <source>pip install scikit-learn</source>
        <translation>pip install scikit-learn</translation>
    </message>
    <message>
        <source>principal components need at least two</source>
        <translation>Hauptkomponenten brauchen mindestens zwei</translation>
    </message>
    <message>
        <source>pseudonym {0}</source>
        <translation>Pseudonym {0}</translation>
    </message>
    <message>
        <source>remove them first</source>
        <translation>zuerst entfernen</translation>
    </message>
    <message>
        <source>removes an axis that is longer than 1</source>
        <translation>entfernt eine Achse, die länger als 1 ist</translation>
    </message>
    <message>
        <source>resizes the axis of the batch or the channels</source>
        <translation>ändert die Größe der Achse des Batches oder der Kanäle</translation>
    </message>
    <message>
        <source>combines ceil_mode with asymmetric padding</source>
        <translation>verbindet ceil_mode mit asymmetrischem Padding</translation>
    </message>
    <message>
        <source>save the whole model: model.save('net.keras')</source>
        <translation>das ganze Modell speichern: model.save('net.keras')</translation>
    </message>
    <message>
        <source>stores its numbers in the byte order {0}</source>
        <translation>speichert Zahlen in der Bytefolge {0}</translation>
    </message>
    <message>
        <source>choose 2 or 3</source>
        <translation>2 oder 3 nehmen</translation>
    </message>
    <message>
        <source>use a network with a softmax</source>
        <translation>ein Netz mit Softmax nehmen</translation>
    </message>
    <message>
        <source>use fewer</source>
        <translation>weniger nehmen</translation>
    </message>
    <message>
        <source>use fewer; training with their Hessian supports at most {0}</source>
        <translation>weniger nehmen; das Training mit der Hesse-Matrix nimmt höchstens {0}</translation>
    </message>
    <message>
        <source>choose more than zero: without it there is no definite minimum</source>
        <translation>mehr als null nehmen: ohne gibt es kein bestimmtes Minimum</translation>
    </message>
    <message>
        <source>takes inputs of several dtypes ({0})</source>
        <translation>nimmt Eingaben mehrerer Datentypen ({0})</translation>
    </message>
    <message>
        <source>takes sizes that depend on the values of the image</source>
        <translation>nimmt Größen, die von den Werten des Bildes abhängen</translation>
    </message>
    <message>
        <source>takes the nearest value by {0} and {1}</source>
        <translation>nimmt den nächsten Wert nach {0} und {1}</translation>
    </message>
    <message>
        <source>takes {0} inputs ({1})</source>
        <translation>nimmt {0} Eingaben ({1})</translation>
    </message>
    <message>
        <source>takes {0} tensors</source>
        <translation>nimmt {0} Tensoren</translation>
    </message>
    <message>
        <source>takes {0}, which is not an image</source>
        <translation>nimmt {0}, das kein Bild ist</translation>
    </message>
    <message>
        <source>the class calls itself {0}</source>
        <translation>die Klasse nennt sich {0}</translation>
    </message>
    <message>
        <source>the class calls itself {0}; use one name for both</source>
        <translation>die Klasse nennt sich {0}; für beide einen Namen verwenden</translation>
    </message>
    <message>
        <source>the name is taken already</source>
        <translation>der Name ist schon vergeben</translation>
    </message>
    <message>
        <source>the name is taken already; choose another one</source>
        <translation>der Name ist schon vergeben; einen anderen wählen</translation>
    </message>
    <message>
        <source>the network has {0}</source>
        <translation>das Netz hat {0}</translation>
    </message>
    <message>
        <source>the weights look like {0}</source>
        <translation>die Gewichte sehen aus wie {0}</translation>
    </message>
    <message>
        <source>there is nothing to learn from</source>
        <translation>es gibt nichts zu lernen</translation>
    </message>
    <message>
        <source>there is only one</source>
        <translation>es gibt nur einen</translation>
    </message>
    <message>
        <source>there is only the subject {0}</source>
        <translation>es gibt nur die Person {0}</translation>
    </message>
    <message>
        <source>training by their Hessian takes {0} at most</source>
        <translation>das Training mit der Hesse-Matrix nimmt höchstens {0}</translation>
    </message>
    <message>
        <source>update or uninstall the package</source>
        <translation>das Paket aktualisieren oder entfernen</translation>
    </message>
    <message>
        <source>use lower-case letters, digits and single hyphens</source>
        <translation>Kleinbuchstaben, Ziffern und einzelne Bindestriche verwenden</translation>
    </message>
    <message>
        <source>use one name for both</source>
        <translation>für beide einen Namen verwenden</translation>
    </message>
    <message>
        <source>use up to {0} letters, without \, = and ^</source>
        <translation>höchstens {0} Zeichen ohne \, = und ^ nehmen</translation>
    </message>
    <message>
        <source>uses the operator {0}, which the viewer does not support</source>
        <translation>verwendet den Operator {0}, den das Programm nicht kennt</translation>
    </message>
    <message>
        <source>uses the operators {0}, which the viewer does not support</source>
        <translation>verwendet die Operatoren {0}, die das Programm nicht kennt</translation>
    </message>
    <message>
        <source>was written by an older torch</source>
        <translation>wurde von einem älteren torch geschrieben</translation>
    </message>
    <message>
        <source>without {0} y is the same for every scan</source>
        <translation>ohne {0} ist y für jeden Scan gleich</translation>
    </message>
    <message>
        <source>would be replaced, and is of no simulated study</source>
        <translation>würde ersetzt und gehört zu keiner simulierten Studie</translation>
    </message>
    <message>
        <source>rewrite it without in-place operators, or export it after run_decompositions</source>
        <translation>ohne In-place-Operatoren schreiben oder nach run_decompositions exportieren</translation>
    </message>
    <message>
        <source>y is {0} for every scan</source>
        <translation>y ist {0} für jeden Scan</translation>
    </message>
    <message>
        <source>{0} cannot be built with these arguments ({1})</source>
        <translation>{0} lässt sich so nicht bauen ({1})</translation>
    </message>
    <message>
        <source>{0} dimensions</source>
        <translation>{0} Dimensionen</translation>
    </message>
    <message>
        <source>{0} has no argument {1}</source>
        <translation>{0} hat kein Argument {1}</translation>
    </message>
    <message>
        <source>{0} is not a multiple of {1}</source>
        <translation>{0} ist kein Vielfaches von {1}</translation>
    </message>
    <message>
        <source>{0} is not yes or no</source>
        <translation>{0} ist weder ja noch nein</translation>
    </message>
    <message>
        <source>{0} is not {1}</source>
        <translation>{0} ist nicht {1}</translation>
    </message>
    <message>
        <source>{0} of them and {1} hidden units make {2} weights</source>
        <translation>{0} davon und {1} verborgene Einheiten ergeben {2} Gewichte</translation>
    </message>
    <message>
        <source>{0} training scans are too few for statistics</source>
        <translation>{0} Trainingsscans sind zu wenige für eine Statistik</translation>
    </message>
    <message>
        <source>{0} were requested</source>
        <translation>{0} sind verlangt</translation>
    </message>
    <message>
        <source>{0} were requested, but {1} scans prepared this way have {2}</source>
        <translation>{0} sind verlangt, aber {1} so vorbereitete Scans haben {2}</translation>
    </message>
    <message>
        <source>{0}, input {1}</source>
        <translation>{0}, Eingabe {1}</translation>
    </message>
    <message>
        <source>{0}, layer {1}</source>
        <translation>{0}, Schicht {1}</translation>
    </message>
    <message>
        <source>{0}, {1} (node {2})</source>
        <translation>{0}, {1} (Knoten {2})</translation>
    </message>
</context>
</TS>
