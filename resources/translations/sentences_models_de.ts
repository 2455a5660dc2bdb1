<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source> in line {0}</source>
        <translation> in Zeile {0}</translation>
    </message>
    <message>
        <source>'channel_names' must be an object such as {"0": "T1"}</source>
        <translation>„channel_names“ muss ein Objekt sein wie {"0": "T1"}</translation>
    </message>
    <message>
        <source>'softmax', 'sigmoid' or 'multi-label'</source>
        <translation>„softmax“, „sigmoid“ oder „multi-label“</translation>
    </message>
    <message>
        <source>; its operators are run one by one</source>
        <translation>; die Operatoren laufen einzeln</translation>
    </message>
    <message>
        <source>; its reader of images, {0}, is not known, and is assumed to keep the order of voxels</source>
        <translation>; der Leser der Bilder, {0}, ist nicht bekannt; es wird angenommen, dass er die Reihenfolge der Voxel behält</translation>
    </message>
    <message>
        <source>; loading it shows whether it ends in another</source>
        <translation>; beim Laden zeigt sich, ob es anders endet</translation>
    </message>
    <message>
        <source>; not used: {0}</source>
        <translation>; nicht verwendet: {0}</translation>
    </message>
    <message>
        <source>PyTorch checkpoint</source>
        <translation>PyTorch-Checkpoint</translation>
    </message>
    <message>
        <source>PyTorch checkpoint of the time before 1.6</source>
        <translation>PyTorch-Checkpoint aus der Zeit vor 1.6</translation>
    </message>
    <message>
        <source>Python code</source>
        <translation>Python-Code</translation>
    </message>
    <message>
        <source>a MONAI bundle has a folder 'configs' inside, a results folder of nnU-Net plans.json</source>
        <translation>ein MONAI-Bundle enthält einen Ordner „configs“, ein Ergebnisordner von nnU-Net plans.json</translation>
    </message>
    <message>
        <source>a batch norm of {0} channels is given {1}</source>
        <translation>eine Batch-Norm mit {0} Kanälen erhält {1}</translation>
    </message>
    <message>
        <source>a convolution takes {0} channels and is given {1}</source>
        <translation>eine Faltung nimmt {0} Kanäle und erhält {1}</translation>
    </message>
    <message>
        <source>a dense layer takes {0} values and is given {1}</source>
        <translation>eine dichte Schicht nimmt {0} Werte und erhält {1}</translation>
    </message>
    <message>
        <source>a layer norm of {0} is given {1}</source>
        <translation>eine Layer-Norm von {0} erhält {1}</translation>
    </message>
    <message>
        <source>a model's weights were expected</source>
        <translation>erwartet wurden die Gewichte eines Modells</translation>
    </message>
    <message>
        <source>a norm is given one value per channel</source>
        <translation>eine Norm erhält einen Wert je Kanal</translation>
    </message>
    <message>
        <source>values are given by covariate name</source>
        <translation>eine Zahl wird mit dem Namen ihrer Kovariate angegeben</translation>
    </message>
    <message>
        <source>targets are selected by name</source>
        <translation>ein Ziel wird mit seinem Namen verlangt</translation>
    </message>
    <message>
        <source>a tensor in it {0}</source>
        <translation>ein Tensor darin {0}</translation>
    </message>
    <message>
        <source>a tensor has fewer axes than needed</source>
        <translation>ein Wert hat weniger Achsen als nötig</translation>
    </message>
    <message>
        <source>an exported program of one input</source>
        <translation>ein exportiertes Programm mit einer Eingabe</translation>
    </message>
    <message>
        <source>an expression would have to be run</source>
        <translation>ein Ausdruck müsste ausgeführt werden</translation>
    </message>
    <message>
        <source>images are assigned by channel name</source>
        <translation>ein Bild wird mit dem Namen seines Kanals angegeben</translation>
    </message>
    <message>
        <source>instance norm with running statistics is not supported</source>
        <translation>eine Instance-Norm mit laufenden Mitteln ist nicht bekannt</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>ein Objekt</translation>
    </message>
    <message>
        <source>an operation fails{0}</source>
        <translation>eine Operation schlägt fehl{0}</translation>
    </message>
    <message>
        <source>returns one output for a whole batch</source>
        <translation>antwortet einmal für alle Scans eines Batches</translation>
    </message>
    <message>
        <source>answers with {0}</source>
        <translation>antwortet mit {0}</translation>
    </message>
    <message>
        <source>answers {0} for {1} scan(s)</source>
        <translation>antwortet mit {0} für {1} Scan(s)</translation>
    </message>
    <message>
        <source>returns no tensor</source>
        <translation>antwortet mit keinem Tensor</translation>
    </message>
    <message>
        <source>returns {0}</source>
        <translation>antwortet mit {0}</translation>
    </message>
    <message>
        <source>returns {0} for {1} scan(s)</source>
        <translation>antwortet mit {0} für {1} Scan(s)</translation>
    </message>
    <message>
        <source>returns {0} for {1} scan(s)</source>
        <translation>antwortet mit {0} für {1} Scan(s)</translation>
    </message>
    <message>
        <source>appends to something that is not a list</source>
        <translation>hängt an etwas an, das keine Liste ist</translation>
    </message>
    <message>
        <source>specify fewer in its card</source>
        <translation>in der Karte weniger verlangen</translation>
    </message>
    <message>
        <source>requires MONAI's {0}, but MONAI is not installed</source>
        <translation>verlangt {0} aus MONAI, und MONAI ist nicht installiert</translation>
    </message>
    <message>
        <source>asks for the network {0}</source>
        <translation>verlangt das Netz {0}</translation>
    </message>
    <message>
        <source>asks for {0} with {1} of {2}</source>
        <translation>verlangt {0} mit {1} von {2}</translation>
    </message>
    <message>
        <source>at most {0} is built</source>
        <translation>höchstens {0} wird gebaut</translation>
    </message>
    <message>
        <source>axis {0} has only {1} entries</source>
        <translation>Achse {0} hat nur {1} Einträge</translation>
    </message>
    <message>
        <source>builds an object without a class</source>
        <translation>baut ein Objekt ohne Klasse</translation>
    </message>
    <message>
        <source>built-in models: {0}</source>
        <translation>eingebaut sind {0}</translation>
    </message>
    <message>
        <source>calls something without a name</source>
        <translation>ruft etwas ohne Namen auf</translation>
    </message>
    <message>
        <source>calls something with invalid arguments</source>
        <translation>ruft etwas mit ungültigen Argumenten auf</translation>
    </message>
    <message>
        <source>cannot be copied ({0})</source>
        <translation>lässt sich nicht kopieren ({0})</translation>
    </message>
    <message>
        <source>cannot be loaded ({0})</source>
        <translation>lässt sich nicht laden ({0})</translation>
    </message>
    <message>
        <source>cannot be loaded as TorchScript ({0})</source>
        <translation>lässt sich nicht als TorchScript laden ({0})</translation>
    </message>
    <message>
        <source>changes a value where there is none</source>
        <translation>ändert einen Wert, wo keiner ist</translation>
    </message>
    <message>
        <source>choose a layer before the network flattens</source>
        <translation>eine Schicht wählen, bevor das Netz flach wird</translation>
    </message>
    <message>
        <source>choose one: answer= from Python, --answer, or 'answer' in its card</source>
        <translation>einen wählen: answer= in Python, --answer oder „answer“ in der Karte</translation>
    </message>
    <message>
        <source>claims more numbers than its storage has</source>
        <translation>behauptet mehr Zahlen, als sein Speicher hat</translation>
    </message>
    <message>
        <source>claims more numbers than the file holds; it may be cut off</source>
        <translation>behauptet mehr Zahlen, als die Datei enthält; sie ist vielleicht abgeschnitten</translation>
    </message>
    <message>
        <source>closes a list that was never opened</source>
        <translation>schließt eine nie geöffnete Liste</translation>
    </message>
    <message>
        <source>copy it beside the plans</source>
        <translation>neben die Pläne kopieren</translation>
    </message>
    <message>
        <source>crop the image, or use a machine with more memory</source>
        <translation>das Bild zuschneiden oder einen Rechner mit mehr Speicher nehmen</translation>
    </message>
    <message>
        <source>describe the input in the card</source>
        <translation>die Eingabe in der Karte beschreiben</translation>
    </message>
    <message>
        <source>describe the network in {0}</source>
        <translation>das Netz in {0} beschreiben</translation>
    </message>
    <message>
        <source>describes the images, but 'input' is missing</source>
        <translation>beschreibt die Bilder, und „input“ fehlt</translation>
    </message>
    <message>
        <source>divide by {0} along an axis where the patch has {1} voxels</source>
        <translation>teilen durch {0} entlang einer Achse, wo der Patch {1} Voxel hat</translation>
    </message>
    <message>
        <source>does not reach the grid of {0}</source>
        <translation>reicht nicht bis zum Gitter von {0}</translation>
    </message>
    <message>
        <source>does not state its configuration</source>
        <translation>sagt nicht, zu welcher Konfiguration es gehört</translation>
    </message>
    <message>
        <source>does not take an input of {0}: {1}</source>
        <translation>nimmt keine Eingabe von {0}: {1}</translation>
    </message>
    <message>
        <source>does not take the example of {0} ({1})</source>
        <translation>nimmt das Beispiel von {0} nicht ({1})</translation>
    </message>
    <message>
        <source>each output is the largest of 1 slice</source>
        <translation>jede Ausgabe ist die größte von 1 Schicht</translation>
    </message>
    <message>
        <source>encodes a text in an unusual way</source>
        <translation>kodiert einen Text ungewöhnlich</translation>
    </message>
    <message>
        <source>is truncated</source>
        <translation>endet mittendrin</translation>
    </message>
    <message>
        <source>entry {0} is missing</source>
        <translation>Eintrag {0} fehlt</translation>
    </message>
    <message>
        <source>entry {0} is not known here</source>
        <translation>Eintrag {0} ist hier nicht bekannt</translation>
    </message>
    <message>
        <source>entry {0} is {1}</source>
        <translation>Eintrag {0} ist {1}</translation>
    </message>
    <message>
        <source>entry {0} {1}</source>
        <translation>Eintrag {0} {1}</translation>
    </message>
    <message>
        <source>export it (torch.export) with the image and the numbers as its inputs</source>
        <translation>mit Bild und Zahlen als Eingaben exportieren (torch.export)</translation>
    </message>
    <message>
        <source>export it with torch.export.save, or save its state_dict() for an architecture that its card names</source>
        <translation>mit torch.export.save exportieren oder sein state_dict() für eine Architektur speichern, die seine Karte nennt</translation>
    </message>
    <message>
        <source>export the network (torch.export), or train it with version 2</source>
        <translation>das Netz exportieren (torch.export) oder mit Version 2 trainieren</translation>
    </message>
    <message>
        <source>exported program (.pt2)</source>
        <translation>exportiertes Programm (.pt2)</translation>
    </message>
    <message>
        <source>failed with {0}: {1}</source>
        <translation>schlug fehl mit {0}: {1}</translation>
    </message>
    <message>
        <source>file not found</source>
        <translation>Datei nicht gefunden</translation>
    </message>
    <message>
        <source>from 0 to 100 they must ascend</source>
        <translation>von 0 bis 100 müssen sie steigen</translation>
    </message>
    <message>
        <source>frozen TensorFlow graph</source>
        <translation>eingefrorener TensorFlow-Graph</translation>
    </message>
    <message>
        <source>give (N, C, spatial...) for an image, (N, K) for numbers, as floats</source>
        <translation>(N, C, Raum …) für ein Bild, (N, K) für Zahlen angeben, als Gleitkomma</translation>
    </message>
    <message>
        <source>give (N, C, spatial...) of floats</source>
        <translation>(N, C, Raum …) als Gleitkomma angeben</translation>
    </message>
    <message>
        <source>give it with --set-covariate {0}=VALUE, or covariates={...} from Python</source>
        <translation>mit --set-covariate {0}=WERT angeben oder in Python mit covariates={...}</translation>
    </message>
    <message>
        <source>give one for each: an image, and numbers (N, K)</source>
        <translation>für jeden eines angeben: ein Bild und Zahlen (N, K)</translation>
    </message>
    <message>
        <source>give the floating-point network that it was made from</source>
        <translation>das Gleitkomma-Netz angeben, aus dem es entstand</translation>
    </message>
    <message>
        <source>returns no {0}</source>
        <translation>gibt kein {0} zurück</translation>
    </message>
    <message>
        <source>returns {0} tensors: {1}, and none of them is clearly its prediction</source>
        <translation>gibt {0} Tensoren zurück: {1}, und keiner ist eindeutig die Antwort</translation>
    </message>
    <message>
        <source>guess: the configuration is {0}, from the folder's name</source>
        <translation>geschätzt: die Konfiguration ist {0}, wie der Ordner heißt</translation>
    </message>
    <message>
        <source>guess: the trainer {0} does not change what the network computes</source>
        <translation>geschätzt: der Trainer {0} ändert nicht, was das Netz berechnet</translation>
    </message>
    <message>
        <source>guess: the training scans were stored in the same orientation as this one, as nnU-Net assumes</source>
        <translation>geschätzt: die Trainingsscans waren in derselben Orientierung gespeichert wie dieser, wie nnU-Net es annimmt</translation>
    </message>
    <message>
        <source>guess: the training scans were stored in the same orientation as this one, as nnU-Net assumes{0}</source>
        <translation>geschätzt: die Trainingsscans waren in derselben Orientierung gespeichert wie dieser, wie nnU-Net es annimmt{0}</translation>
    </message>
    <message>
        <source>has 1 entry for 1 channel</source>
        <translation>hat 1 Eintrag für 1 Kanal</translation>
    </message>
    <message>
        <source>has 1 entry for {0} channels</source>
        <translation>hat 1 Eintrag für {0} Kanäle</translation>
    </message>
    <message>
        <source>has 1 name for 1 channel</source>
        <translation>hat 1 Namen für 1 Kanal</translation>
    </message>
    <message>
        <source>has 1 name for {0} channels</source>
        <translation>hat 1 Namen für {0} Kanäle</translation>
    </message>
    <message>
        <source>has 1 number for 1 class</source>
        <translation>hat 1 Zahl für 1 Klasse</translation>
    </message>
    <message>
        <source>has 1 number for {0} classes</source>
        <translation>hat 1 Zahl für {0} Klassen</translation>
    </message>
    <message>
        <source>has 1 output, but its card names 1 class</source>
        <translation>hat 1 Ausgabe, und seine Karte nennt 1 Klasse</translation>
    </message>
    <message>
        <source>has 1 output, but its card names {0} classes</source>
        <translation>hat 1 Ausgabe, und seine Karte nennt {0} Klassen</translation>
    </message>
    <message>
        <source>has 1 region, but no 'regions_class_order' of that length</source>
        <translation>hat 1 Region und kein „regions_class_order“ mit so vielen</translation>
    </message>
    <message>
        <source>has a last layer of {0} inputs: too many to compare</source>
        <translation>hat eine letzte Schicht mit {0} Eingaben: zu viele zum Vergleichen</translation>
    </message>
    <message>
        <source>has an invalid last row</source>
        <translation>hat eine seltsame letzte Zeile</translation>
    </message>
    <message>
        <source>has a tensor with the impossible name {0}</source>
        <translation>hat einen Tensor mit dem unmöglichen Namen {0}</translation>
    </message>
    <message>
        <source>has metadata that is not text</source>
        <translation>hat Metadaten, die keine Texte sind</translation>
    </message>
    <message>
        <source>has neither {0}</source>
        <translation>hat weder {0}</translation>
    </message>
    <message>
        <source>has no argument {0}</source>
        <translation>hat kein Argument {0}</translation>
    </message>
    <message>
        <source>has no argument {0} for the covariate {1}</source>
        <translation>hat kein Argument {0} für die Kovariate {1}</translation>
    </message>
    <message>
        <source>has no card</source>
        <translation>hat keine Karte</translation>
    </message>
    <message>
        <source>has no channel {0}</source>
        <translation>hat keinen Kanal {0}</translation>
    </message>
    <message>
        <source>has no configuration {0}</source>
        <translation>hat keine Konfiguration {0}</translation>
    </message>
    <message>
        <source>has no contrast to scale by</source>
        <translation>hat keinen Kontrast zum Skalieren</translation>
    </message>
    <message>
        <source>has no covariate {0}</source>
        <translation>hat keine Kovariate {0}</translation>
    </message>
    <message>
        <source>has no fold {0}</source>
        <translation>hat keinen Fold {0}</translation>
    </message>
    <message>
        <source>has no folder fold_0 or another fold</source>
        <translation>hat keinen Ordner fold_0 oder einen anderen Fold</translation>
    </message>
    <message>
        <source>has no function {0}</source>
        <translation>hat keine Funktion {0}</translation>
    </message>
    <message>
        <source>has no input {0}</source>
        <translation>hat keine Eingabe {0}</translation>
    </message>
    <message>
        <source>has no layer with weights</source>
        <translation>hat keine Schicht mit Gewichten</translation>
    </message>
    <message>
        <source>has no operator graph ({0})</source>
        <translation>hat keinen Operatorgraph ({0})</translation>
    </message>
    <message>
        <source>has no valid shape</source>
        <translation>hat keine gültige Form</translation>
    </message>
    <message>
        <source>has no values for {0} (device meta)</source>
        <translation>hat keine Werte für {0} (Gerät meta)</translation>
    </message>
    <message>
        <source>has no {0} in it or above it</source>
        <translation>hat {0} weder darin noch darüber</translation>
    </message>
    <message>
        <source>has none of {0}</source>
        <translation>hat keines von {0}</translation>
    </message>
    <message>
        <source>has none of {0} in configs</source>
        <translation>hat keines von {0} in configs</translation>
    </message>
    <message>
        <source>has too many instructions for a weights file</source>
        <translation>hat zu viele Anweisungen für eine Datei mit Gewichten</translation>
    </message>
    <message>
        <source>has uninitialised weights</source>
        <translation>hat noch nicht erzeugte Gewichte</translation>
    </message>
    <message>
        <source>has {0} bytes, too many for a description of weights</source>
        <translation>hat {0} Bytes, zu viele für eine Beschreibung von Gewichten</translation>
    </message>
    <message>
        <source>has {0} entries for 1 channel</source>
        <translation>hat {0} Einträge für 1 Kanal</translation>
    </message>
    <message>
        <source>has {0} entries for {1} channels</source>
        <translation>hat {0} Einträge für {1} Kanäle</translation>
    </message>
    <message>
        <source>has {0} folds</source>
        <translation>hat {0} Folds</translation>
    </message>
    <message>
        <source>has {0} in none of its folds</source>
        <translation>hat {0} in keinem der Folds</translation>
    </message>
    <message>
        <source>has {0} names for 1 channel</source>
        <translation>hat {0} Namen für 1 Kanal</translation>
    </message>
    <message>
        <source>has {0} names for {1} channels</source>
        <translation>hat {0} Namen für {1} Kanäle</translation>
    </message>
    <message>
        <source>has {0} numbers for 1 class</source>
        <translation>hat {0} Zahlen für 1 Klasse</translation>
    </message>
    <message>
        <source>has {0} numbers for {1} classes</source>
        <translation>hat {0} Zahlen für {1} Klassen</translation>
    </message>
    <message>
        <source>has {0} outputs, but its card names 1 class</source>
        <translation>hat {0} Ausgaben, und seine Karte nennt 1 Klasse</translation>
    </message>
    <message>
        <source>has {0} outputs, but its card names {1} classes</source>
        <translation>hat {0} Ausgaben, und seine Karte nennt {1} Klassen</translation>
    </message>
    <message>
        <source>has {0} regions, but no 'regions_class_order' of that length</source>
        <translation>hat {0} Regionen und kein „regions_class_order“ mit so vielen</translation>
    </message>
    <message>
        <source>has {0} stages</source>
        <translation>hat {0} Stufen</translation>
    </message>
    <message>
        <source>holds a fraction</source>
        <translation>enthält einen Bruch</translation>
    </message>
    <message>
        <source>holds a pickle that {0}</source>
        <translation>enthält einen Pickle, der {0}</translation>
    </message>
    <message>
        <source>holds a value of the kind {0}</source>
        <translation>enthält einen Wert der Art {0}</translation>
    </message>
    <message>
        <source>holds half of a surrogate pair</source>
        <translation>enthält ein halbes Surrogatpaar</translation>
    </message>
    <message>
        <source>holds no YAML mapping</source>
        <translation>enthält keine YAML-Zuordnung</translation>
    </message>
    <message>
        <source>holds no dictionary of tensors</source>
        <translation>enthält kein Wörterbuch von Tensoren</translation>
    </message>
    <message>
        <source>holds no dictionary of tensors; its entries are {0}</source>
        <translation>enthält kein Wörterbuch von Tensoren; seine Einträge sind {0}</translation>
    </message>
    <message>
        <source>holds no tensors</source>
        <translation>enthält keine Tensoren</translation>
    </message>
    <message>
        <source>holds numbers of the NumPy type {0}</source>
        <translation>enthält Zahlen vom NumPy-Typ {0}</translation>
    </message>
    <message>
        <source>holds an invalid NumPy dtype</source>
        <translation>enthält einen ungültigen NumPy-Typ</translation>
    </message>
    <message>
        <source>holds {0} nnU-Net results folders</source>
        <translation>enthält {0} Ergebnisordner von nnU-Net</translation>
    </message>
    <message>
        <source>holds {0}, which is not a JSON number</source>
        <translation>enthält {0}, das keine JSON-Zahl ist</translation>
    </message>
    <message>
        <source>only images of one size and numbers can be explained together</source>
        <translation>Bilder einer Größe und Zahlen lassen sich zusammen erklären</translation>
    </message>
    <message>
        <source>imports something without a name</source>
        <translation>importiert etwas ohne Namen</translation>
    </message>
    <message>
        <source>is 'sigmoid' for {0} classes, but one output distinguishes only two</source>
        <translation>ist „sigmoid“ für {0} Klassen, und eine Ausgabe trennt zwei</translation>
    </message>
    <message>
        <source>is 'z-score'</source>
        <translation>ist „z-score“</translation>
    </message>
    <message>
        <source>is a damaged or cut-off archive</source>
        <translation>ist ein beschädigtes oder abgeschnittenes Archiv</translation>
    </message>
    <message>
        <source>is an nnU-Net version 1 folder, whose plans are a pickle, which is not read</source>
        <translation>ist ein Ordner von nnU-Net, Version 1, dessen Pläne ein Pickle sind; den liest das Programm nicht</translation>
    </message>
    <message>
        <source>is a folder without a network in it</source>
        <translation>ist ein Ordner ohne Netz</translation>
    </message>
    <message>
        <source>is a parameter without a tensor</source>
        <translation>ist ein Parameter ohne Tensor</translation>
    </message>
    <message>
        <source>is a whole pickled network ({0}), which runs its own code when loaded</source>
        <translation>ist ein ganzes gepickeltes Netz ({0}), das beim Laden eigenen Code ausführt</translation>
    </message>
    <message>
        <source>is an archive that PyTorch did not write ({0})</source>
        <translation>ist ein Archiv, das nicht von PyTorch stammt ({0})</translation>
    </message>
    <message>
        <source>is an archive that lists a member twice</source>
        <translation>ist ein Archiv, das ein Mitglied zweimal führt</translation>
    </message>
    <message>
        <source>is an archive without a model in it</source>
        <translation>ist ein Archiv ohne Modell</translation>
    </message>
    <message>
        <source>is not BasicBlockD</source>
        <translation>ist anders als BasicBlockD</translation>
    </message>
    <message>
        <source>is broken or cut off</source>
        <translation>ist kaputt oder abgeschnitten</translation>
    </message>
    <message>
        <source>is built in an unknown way</source>
        <translation>ist auf unbekannte Weise gebaut</translation>
    </message>
    <message>
        <source>is damaged</source>
        <translation>ist beschädigt</translation>
    </message>
    <message>
        <source>is given examples with different batch sizes</source>
        <translation>erhält Beispiele mit verschieden vielen Scans</translation>
    </message>
    <message>
        <source>is given something other than tensors as the example</source>
        <translation>erhält als Beispiel etwas anderes als Tensoren</translation>
    </message>
    <message>
        <source>is given {0} as the example</source>
        <translation>erhält als Beispiel {0}</translation>
    </message>
    <message>
        <source>is given {0} inputs</source>
        <translation>erhält {0} Eingaben</translation>
    </message>
    <message>
        <source>is given {0} of {1} as its input {2}</source>
        <translation>erhält {0} von {1} als Eingabe {2}</translation>
    </message>
    <message>
        <source>is given {0} of {1} as the example</source>
        <translation>erhält als Beispiel {0} von {1}</translation>
    </message>
    <message>
        <source>is it in the right space?</source>
        <translation>liegt er im richtigen Raum?</translation>
    </message>
    <message>
        <source>is it the right volume?</source>
        <translation>ist es das richtige Volumen?</translation>
    </message>
    <message>
        <source>is missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>is nested in more than {0} levels</source>
        <translation>ist tiefer als {0} Ebenen verschachtelt</translation>
    </message>
    <message>
        <source>is not a Python file</source>
        <translation>ist keine Python-Datei</translation>
    </message>
    <message>
        <source>is not a SHA-256</source>
        <translation>ist kein SHA-256</translation>
    </message>
    <message>
        <source>is not an affine</source>
        <translation>ist keine Affine</translation>
    </message>
    <message>
        <source>is neither a file nor a built-in model</source>
        <translation>ist weder Datei noch eingebautes Modell</translation>
    </message>
    <message>
        <source>is not an nnU-Net results folder and has no folds</source>
        <translation>ist kein Ergebnisordner eines nnU-Net und hat keine Folds</translation>
    </message>
    <message>
        <source>is not a safetensors file, or is cut off</source>
        <translation>ist keine safetensors-Datei oder abgeschnitten</translation>
    </message>
    <message>
        <source>does not match {0}: it has an unexpected tensor {1}</source>
        <translation>ist kein {0}: es hat einen Tensor {1} zu viel</translation>
    </message>
    <message>
        <source>does not match {0}: the tensor {1} is missing</source>
        <translation>ist kein {0}: der Tensor {1} fehlt</translation>
    </message>
    <message>
        <source>does not match {0}: {1} has the shape {2}, expected {3}</source>
        <translation>ist kein {0}: {1} hat die Form {2}, erwartet wurde {3}</translation>
    </message>
    <message>
        <source>is not JSON ({0})</source>
        <translation>ist kein JSON ({0})</translation>
    </message>
    <message>
        <source>is not YAML ({0})</source>
        <translation>ist kein YAML ({0})</translation>
    </message>
    <message>
        <source>is not YAML ({0}{1})</source>
        <translation>ist kein YAML ({0}{1})</translation>
    </message>
    <message>
        <source>is not a supported model file</source>
        <translation>ist keine unterstützte Modelldatei</translation>
    </message>
    <message>
        <source>is not known here</source>
        <translation>ist hier nicht bekannt</translation>
    </message>
    <message>
        <source>is not the card of this network and would be replaced</source>
        <translation>ist nicht die Karte dieses Netzes und würde ersetzt</translation>
    </message>
    <message>
        <source>is not the file its card was written for</source>
        <translation>ist nicht die Datei, für die seine Karte geschrieben wurde</translation>
    </message>
    <message>
        <source>is not understood</source>
        <translation>ist nicht verständlich</translation>
    </message>
    <message>
        <source>is quantised (at {0}), and has no derivative</source>
        <translation>ist quantisiert (bei {0}) und hat keine Ableitung</translation>
    </message>
    <message>
        <source>is an existing file</source>
        <translation>ist schon da</translation>
    </message>
    <message>
        <source>is true</source>
        <translation>ist true</translation>
    </message>
    <message>
        <source>is the scan that was prepared, not {0}</source>
        <translation>wurde vorbereitet, nicht {0}</translation>
    </message>
    <message>
        <source>is zero everywhere on the network's grid</source>
        <translation>ist auf dem Gitter des Netzes überall null</translation>
    </message>
    <message>
        <source>is {0} ({1})</source>
        <translation>ist {0} ({1})</translation>
    </message>
    <message>
        <source>is {0} among a network's weights, which has no hash</source>
        <translation>ist {0} unter den Gewichten eines Netzes und hat keinen Hash</translation>
    </message>
    <message>
        <source>is {0} for a {1}</source>
        <translation>ist {0} für {1}</translation>
    </message>
    <message>
        <source>is {0}, and 'inputs' names {1}</source>
        <translation>ist {0}, und „inputs“ nennt {1}</translation>
    </message>
    <message>
        <source>is {0}, but its card names covariates</source>
        <translation>ist {0}, und seine Karte nennt Kovariaten</translation>
    </message>
    <message>
        <source>is {0}, but {1} next to 'input' is {2}</source>
        <translation>ist {0}, und {1} neben „input“ ist {2}</translation>
    </message>
    <message>
        <source>is {0}, not a file of weights</source>
        <translation>ist {0}, keine Datei bloßer Gewichte</translation>
    </message>
    <message>
        <source>is {0}, which cannot be loaded</source>
        <translation>ist {0}, das sich nicht laden lässt</translation>
    </message>
    <message>
        <source>it calls itself endlessly</source>
        <translation>es ruft sich endlos selbst auf</translation>
    </message>
    <message>
        <source>it cannot be followed</source>
        <translation>dem lässt sich nicht folgen</translation>
    </message>
    <message>
        <source>it computes with NumPy, which a graph cannot hold</source>
        <translation>es rechnet mit NumPy, das ein Graph nicht enthalten kann</translation>
    </message>
    <message>
        <source>it computes with NumPy, which has no derivative</source>
        <translation>es rechnet mit NumPy, das keine Ableitung hat</translation>
    </message>
    <message>
        <source>it returns {0}</source>
        <translation>es gibt {0} zurück</translation>
    </message>
    <message>
        <source>it holds no data.pkl</source>
        <translation>es enthält keine data.pkl</translation>
    </message>
    <message>
        <source>it is compiled by TorchScript</source>
        <translation>es ist mit TorchScript kompiliert</translation>
    </message>
    <message>
        <source>it is not overwritten</source>
        <translation>sie wird nicht überschrieben</translation>
    </message>
    <message>
        <source>it creates an intermediate tensor that torch.export mistakes for a weight</source>
        <translation>es erzeugt unterwegs einen Tensor, den torch.export für ein Gewicht hält</translation>
    </message>
    <message>
        <source>it may be cut off</source>
        <translation>sie ist vielleicht abgeschnitten</translation>
    </message>
    <message>
        <source>it must be 0 0 0 1</source>
        <translation>sie muss 0 0 0 1 sein</translation>
    </message>
    <message>
        <source>it must be 0 to {0}</source>
        <translation>es muss 0 bis {0} sein</translation>
    </message>
    <message>
        <source>it must be 0, 1 and 2 in some order</source>
        <translation>es müssen 0, 1 und 2 in beliebiger Reihenfolge sein</translation>
    </message>
    <message>
        <source>it must be 1 to {0} finite numbers</source>
        <translation>es müssen 1 bis {0} endliche Zahlen sein</translation>
    </message>
    <message>
        <source>it must be 64 hexadecimal digits</source>
        <translation>es müssen 64 hexadezimale Ziffern sein</translation>
    </message>
    <message>
        <source>it must be a list of numbers</source>
        <translation>es muss eine Liste von Zahlen sein</translation>
    </message>
    <message>
        <source>it must be a list of objects in braces</source>
        <translation>es muss eine Liste von Objekten in geschweiften Klammern sein</translation>
    </message>
    <message>
        <source>it must be a list of strings</source>
        <translation>es muss eine Liste von Texten sein</translation>
    </message>
    <message>
        <source>it must be a list of true or false</source>
        <translation>es muss eine Liste aus true oder false sein</translation>
    </message>
    <message>
        <source>it must be a list of whole numbers</source>
        <translation>es muss eine Liste ganzer Zahlen sein</translation>
    </message>
    <message>
        <source>it must be a multiple</source>
        <translation>es muss ein Vielfaches sein</translation>
    </message>
    <message>
        <source>it must be a name without '='</source>
        <translation>es muss ein Name ohne „=“ sein</translation>
    </message>
    <message>
        <source>it must be a number</source>
        <translation>es muss eine Zahl sein</translation>
    </message>
    <message>
        <source>it must be a string</source>
        <translation>es muss ein Text sein</translation>
    </message>
    <message>
        <source>it must be a whole number</source>
        <translation>es muss eine ganze Zahl sein</translation>
    </message>
    <message>
        <source>it must be above 0</source>
        <translation>es muss über 0 liegen</translation>
    </message>
    <message>
        <source>it must be above zero</source>
        <translation>es muss über null liegen</translation>
    </message>
    <message>
        <source>it must be an object in braces</source>
        <translation>es muss ein Objekt in geschweiften Klammern sein</translation>
    </message>
    <message>
        <source>it must be four rows of four numbers</source>
        <translation>es müssen vier Zeilen mit je vier Zahlen sein</translation>
    </message>
    <message>
        <source>it must be one of {0}</source>
        <translation>es muss eines von {0} sein</translation>
    </message>
    <message>
        <source>it must be some of 0, 1 and 2, each once</source>
        <translation>es müssen einige von 0, 1 und 2 sein, jede einmal</translation>
    </message>
    <message>
        <source>it must be three letters such as RAS, LPS, SRA or KJI</source>
        <translation>es müssen drei Buchstaben sein wie RAS, LPS, SRA oder KJI</translation>
    </message>
    <message>
        <source>it must be three sizes from 1 to 2048</source>
        <translation>es müssen drei Größen von 1 bis 2048 sein</translation>
    </message>
    <message>
        <source>it must be three sizes, multiples of {0}</source>
        <translation>es müssen drei Größen sein, Vielfache von {0}</translation>
    </message>
    <message>
        <source>it must be three spacings from 0.01 to 100 mm</source>
        <translation>es müssen drei Schritte von 0,01 bis 100 mm sein</translation>
    </message>
    <message>
        <source>it must be three whole numbers for each of {0} stages</source>
        <translation>es müssen drei ganze Zahlen für jede von {0} Stufen sein</translation>
    </message>
    <message>
        <source>it must be true or false</source>
        <translation>es muss true oder false sein</translation>
    </message>
    <message>
        <source>it must be two limits around the value</source>
        <translation>es müssen zwei Grenzen um den Wert sein</translation>
    </message>
    <message>
        <source>it must be two numbers, the smaller one first</source>
        <translation>es müssen zwei Zahlen sein, die kleinere zuerst</translation>
    </message>
    <message>
        <source>it must be two or three sizes from 1 to 2048</source>
        <translation>es müssen zwei oder drei Größen von 1 bis 2048 sein</translation>
    </message>
    <message>
        <source>it must be {0}</source>
        <translation>es muss {0} sein</translation>
    </message>
    <message>
        <source>it must be {0} to {1}</source>
        <translation>es muss {0} bis {1} sein</translation>
    </message>
    <message>
        <source>it must be {0} whole numbers</source>
        <translation>es müssen {0} ganze Zahlen sein</translation>
    </message>
    <message>
        <source>it must begin with an entry such as 'network_def:'</source>
        <translation>es muss mit einem Eintrag wie „network_def:“ beginnen</translation>
    </message>
    <message>
        <source>it must begin with {</source>
        <translation>es muss mit { beginnen</translation>
    </message>
    <message>
        <source>it must have a number above 0 for each mean</source>
        <translation>es muss für jedes Mittel eine Zahl über 0 haben</translation>
    </message>
    <message>
        <source>it must not be negative</source>
        <translation>es darf nicht negativ sein</translation>
    </message>
    <message>
        <source>it takes no input by position</source>
        <translation>es nimmt keine Eingabe der Reihe nach</translation>
    </message>
    <message>
        <source>its 'channel_names' are not numbered from 0, or are more than 64</source>
        <translation>„channel_names“ sind nicht ab 0 nummeriert oder mehr als 64</translation>
    </message>
    <message>
        <source>its 'inference_allowed_mirroring_axes' are {0}</source>
        <translation>„inference_allowed_mirroring_axes“ ist {0}</translation>
    </message>
    <message>
        <source>its 'labels' are not whole numbers, or are more than {0}</source>
        <translation>„labels“ sind keine ganzen Zahlen oder mehr als {0}</translation>
    </message>
    <message>
        <source>its 'labels' are not numbered 0, 1, 2 …, each once</source>
        <translation>„labels“ sind nicht 0, 1, 2 … nummeriert, jede einmal</translation>
    </message>
    <message>
        <source>its 'labels' name no background</source>
        <translation>„labels“ nennt keinen Hintergrund</translation>
    </message>
    <message>
        <source>its 'transpose_forward' is {0}</source>
        <translation>„transpose_forward“ ist {0}</translation>
    </message>
    <message>
        <source>its card requires registration to {0}, but only MNI152 is available</source>
        <translation>seine Karte verlangt eine Registrierung auf {0}, und nur MNI152 ist da</translation>
    </message>
    <message>
        <source>its card lacks 'input', so no scan can be prepared for it</source>
        <translation>seiner Karte fehlt „input“; daher lässt sich kein Scan dafür vorbereiten</translation>
    </message>
    <message>
        <source>its card lacks 'input', so the sizes of its layers are unknown</source>
        <translation>seiner Karte fehlt „input“; die Größen der Schichten sind daher unbekannt</translation>
    </message>
    <message>
        <source>its configurations: {0}</source>
        <translation>die Konfigurationen: {0}</translation>
    </message>
    <message>
        <source>its first axis must be the scans</source>
        <translation>die erste Achse müssen die Scans sein</translation>
    </message>
    <message>
        <source>its layers have different precisions</source>
        <translation>seine Schichten haben verschiedene Genauigkeiten</translation>
    </message>
    <message>
        <source>its members claim {0} bytes</source>
        <translation>die Mitglieder behaupten {0} Bytes</translation>
    </message>
    <message>
        <source>its output is not spatial</source>
        <translation>ihre Ausgabe ist nicht räumlich</translation>
    </message>
    <message>
        <source>its parts are on different devices</source>
        <translation>seine Teile liegen auf verschiedenen Geräten</translation>
    </message>
    <message>
        <source>its strings must be Unicode</source>
        <translation>die Texte müssen Unicode sein</translation>
    </message>
    <message>
        <source>known: {0}</source>
        <translation>bekannt sind {0}</translation>
    </message>
    <message>
        <source>known: {0} of nnU-Net</source>
        <translation>bekannt sind {0} von nnU-Net</translation>
    </message>
    <message>
        <source>known: {0} of torch.nn</source>
        <translation>bekannt sind {0} von torch.nn</translation>
    </message>
    <message>
        <source>known: {0}Normalization</source>
        <translation>bekannt sind {0}Normalization</translation>
    </message>
    <message>
        <source>lacks an example for {0}</source>
        <translation>fehlt ein Beispiel für {0}</translation>
    </message>
    <message>
        <source>lacks an image for {0}</source>
        <translation>fehlt ein Bild für {0}</translation>
    </message>
    <message>
        <source>lacks {0}, which names channels and labels</source>
        <translation>fehlt {0}, das Kanäle und Labels nennt</translation>
    </message>
    <message>
        <source>leave it out</source>
        <translation>weglassen</translation>
    </message>
    <message>
        <source>leave out the argmax or the threshold at its end</source>
        <translation>argmax oder Schwellenwert am Ende weglassen</translation>
    </message>
    <message>
        <source>omit the fold</source>
        <translation>den Fold weglassen</translation>
    </message>
    <message>
        <source>is not within 0 to 100</source>
        <translation>verlässt die Spanne von 0 bis 100</translation>
    </message>
    <message>
        <source>it must return one output per scan</source>
        <translation>es für jeden davon antworten lassen</translation>
    </message>
    <message>
        <source>lies over another member</source>
        <translation>liegt über einem anderen Mitglied</translation>
    </message>
    <message>
        <source>load its weights first</source>
        <translation>zuerst die Gewichte laden</translation>
    </message>
    <message>
        <source>convert it to ONNX where TensorFlow is installed: python -m tf2onnx.convert</source>
        <translation>daraus ONNX machen, wo TensorFlow läuft: python -m tf2onnx.convert</translation>
    </message>
    <message>
        <source>convert it to ONNX where TensorFlow is installed: python -m tf2onnx.convert {0}</source>
        <translation>daraus ONNX machen, wo TensorFlow läuft: python -m tf2onnx.convert {0}</translation>
    </message>
    <message>
        <source>computes a tensor of {0} GB ({1}), more than the free memory</source>
        <translation>erzeugt einen Wert von {0} GB ({1}), mehr als frei ist</translation>
    </message>
    <message>
        <source>does not apply to a regression</source>
        <translation>ergibt für eine Regression keinen Sinn</translation>
    </message>
    <message>
        <source>does not apply to a {0}</source>
        <translation>ergibt für {0} keinen Sinn</translation>
    </message>
    <message>
        <source>measuring training scan {0} of {1}</source>
        <translation>Trainingsscan {0} von {1} wird gemessen</translation>
    </message>
    <message>
        <source>mend {0} in its card</source>
        <translation>{0} in seiner Karte berichtigen</translation>
    </message>
    <message>
        <source>name each channel once, in the network's order</source>
        <translation>jeden Kanal einmal nennen, in der Reihenfolge des Netzes</translation>
    </message>
    <message>
        <source>name it TRAINER__PLANS__CONFIGURATION, as nnU-Net does</source>
        <translation>wie nnU-Net TRAINER__PLANS__CONFIGURATION nennen</translation>
    </message>
    <message>
        <source>name the function that makes the network, as in net.py:build</source>
        <translation>die Funktion nennen, die das Netz erzeugt, wie in net.py:build</translation>
    </message>
    <message>
        <source>names no channels</source>
        <translation>nennt keine Kanäle</translation>
    </message>
    <message>
        <source>gives two the same name</source>
        <translation>nennt zwei gleich</translation>
    </message>
    <message>
        <source>gives two classes the same name</source>
        <translation>gibt zwei Klassen denselben Namen</translation>
    </message>
    <message>
        <source>gives two channels the same name</source>
        <translation>nennt zwei Kanäle gleich</translation>
    </message>
    <message>
        <source>names {0}</source>
        <translation>nennt {0}</translation>
    </message>
    <message>
        <source>names {0}, which weights do not need, and would import it when loaded</source>
        <translation>nennt {0}, das Gewichte nicht brauchen, und würde es beim Laden importieren</translation>
    </message>
    <message>
        <source>nests its values too deeply</source>
        <translation>verschachtelt die Werte zu tief</translation>
    </message>
    <message>
        <source>nnU-Net of {0}, configuration {1}</source>
        <translation>nnU-Net von {0}, Konfiguration {1}</translation>
    </message>
    <message>
        <source>nnU-Net results folder</source>
        <translation>Ergebnisordner von nnU-Net</translation>
    </message>
    <message>
        <source>nnU-Net's postprocessing of the segmentation is not applied</source>
        <translation>die Nachverarbeitung der Segmentierung von nnU-Net wird nicht angewandt</translation>
    </message>
    <message>
        <source>no card found, and the weights match no known network</source>
        <translation>keine Karte gefunden, und die Gewichte gehören zu keinem bekannten Netz</translation>
    </message>
    <message>
        <source>nor one of them as .yaml</source>
        <translation>auch keines davon als .yaml</translation>
    </message>
    <message>
        <source>of 1 slice, the one at {0} mm represents the scan: it {1}</source>
        <translation>von 1 Schicht steht die bei {0} mm für den Scan: sie {1}</translation>
    </message>
    <message>
        <source>only MONAI's networks are supported</source>
        <translation>nur Netze von MONAI werden unterstützt</translation>
    </message>
    <message>
        <source>only a target and its arguments are read</source>
        <translation>nur ein Ziel und seine Argumente werden gelesen</translation>
    </message>
    <message>
        <source>use --trust only if you trust its source</source>
        <translation>nur wenn Sie dem Urheber vertrauen, --trust angeben</translation>
    </message>
    <message>
        <source>only literal values are read</source>
        <translation>nur wörtliche Werte werden gelesen</translation>
    </message>
    <message>
        <source>only BasicBlockD is supported</source>
        <translation>nur BasicBlockD wird unterstützt</translation>
    </message>
    <message>
        <source>open a configuration that takes only images, such as 3d_fullres</source>
        <translation>eine Konfiguration öffnen, die nur Bilder nimmt, etwa 3d_fullres</translation>
    </message>
    <message>
        <source>open a folder of trained networks</source>
        <translation>einen Ordner trainierter Netze öffnen</translation>
    </message>
    <message>
        <source>open an nnU-Net results folder</source>
        <translation>einen Ergebnisordner von nnU-Net öffnen</translation>
    </message>
    <message>
        <source>open another fold</source>
        <translation>einen anderen Fold öffnen</translation>
    </message>
    <message>
        <source>open one in 3D, such as 3d_fullres</source>
        <translation>eine in 3D öffnen, etwa 3d_fullres</translation>
    </message>
    <message>
        <source>open one: {0}</source>
        <translation>einen öffnen: {0}</translation>
    </message>
    <message>
        <source>open the checkpoint that nnU-Net wrote</source>
        <translation>den Checkpoint öffnen, den nnU-Net schrieb</translation>
    </message>
    <message>
        <source>or the percentiles have no spread</source>
        <translation>oder die Perzentile haben keine Spanne</translation>
    </message>
    <message>
        <source>pip install monai</source>
        <translation>pip install monai</translation>
    </message>
    <message>
        <source>prepare this scan</source>
        <translation>diesen Scan vorbereiten</translation>
    </message>
    <message>
        <source>reads a value that was never stored</source>
        <translation>ruft einen nie behaltenen Wert ab</translation>
    </message>
    <message>
        <source>refers to an unknown storage</source>
        <translation>verweist auf einen unbekannten Speicher</translation>
    </message>
    <message>
        <source>register the scan with another program</source>
        <translation>den Scan mit einem anderen Programm registrieren</translation>
    </message>
    <message>
        <source>run it once on an example</source>
        <translation>es einmal an einem Beispiel ausführen</translation>
    </message>
    <message>
        <source>runs its own code when loaded</source>
        <translation>führt beim Laden eigenen Code aus</translation>
    </message>
    <message>
        <source>save or download it again</source>
        <translation>neu speichern oder herunterladen</translation>
    </message>
    <message>
        <source>save or download the file again</source>
        <translation>die Datei neu speichern oder herunterladen</translation>
    </message>
    <message>
        <source>save the network's state_dict again</source>
        <translation>state_dict des Netzes neu speichern</translation>
    </message>
    <message>
        <source>add 'mean' and 'sd'</source>
        <translation>dazu „mean“ und „sd“ angeben</translation>
    </message>
    <message>
        <source>use 'softmax', or 'multi-label' if they do not exclude each other</source>
        <translation>„softmax“ angeben oder „multi-label“, wo sie sich nicht ausschließen</translation>
    </message>
    <message>
        <source>give it only once</source>
        <translation>einmal angeben</translation>
    </message>
    <message>
        <source>add 'input' with their grid</source>
        <translation>ihr Gitter angeben</translation>
    </message>
    <message>
        <source>give the network a name</source>
        <translation>angeben, wie das Netz heißt</translation>
    </message>
    <message>
        <source>processes a scan in windows, which have no common features</source>
        <translation>sieht einen Scan in Fenstern ohne gemeinsame Merkmale</translation>
    </message>
    <message>
        <source>set it to false; the bundle has its own</source>
        <translation>auf false setzen; das Bundle hat eigene</translation>
    </message>
    <message>
        <source>sets entries of something that has none</source>
        <translation>setzt Einträge von etwas, das keine hat</translation>
    </message>
    <message>
        <source>storage {0} claims {1} bytes and has {2}</source>
        <translation>Speicher {0} behauptet {1} Bytes und hat {2}</translation>
    </message>
    <message>
        <source>supported formats: safetensors, .pt, .pth, .ckpt, .pt2, .onnx, .keras, .h5, MONAI bundles and nnU-Net results folders</source>
        <translation>unterstützt werden safetensors, .pt, .pth, .ckpt, .pt2, .onnx, .keras, .h5, MONAI-Bundles und Ergebnisordner von nnU-Net</translation>
    </message>
    <message>
        <source>use a method that needs none</source>
        <translation>eine Methode nehmen, die keinen braucht</translation>
    </message>
    <message>
        <source>takes 1 channel, but its card says {0}{1}</source>
        <translation>nimmt 1 Kanal, und seine Karte sagt {0}{1}</translation>
    </message>
    <message>
        <source>takes 1 number as {0}, but its card names {1}</source>
        <translation>nimmt 1 Zahl als {0}, und seine Karte nennt {1}</translation>
    </message>
    <message>
        <source>takes 1 number, but its card names 1 covariate</source>
        <translation>nimmt 1 Zahl, und seine Karte nennt 1 Kovariate</translation>
    </message>
    <message>
        <source>takes 1 number, but its card names {0} covariates</source>
        <translation>nimmt 1 Zahl, und seine Karte nennt {0} Kovariaten</translation>
    </message>
    <message>
        <source>takes a value where there is none</source>
        <translation>nimmt einen Wert, wo keiner ist</translation>
    </message>
    <message>
        <source>takes only an image, but its card names covariates ({0})</source>
        <translation>nimmt nur ein Bild, und seine Karte nennt Kovariaten ({0})</translation>
    </message>
    <message>
        <source>takes {0} channels, but its card says {1}{2}</source>
        <translation>nimmt {0} Kanäle, und seine Karte sagt {1}{2}</translation>
    </message>
    <message>
        <source>takes {0} inputs ({1}), but is given one as the example</source>
        <translation>nimmt {0} Eingaben ({1}) und erhält eine als Beispiel</translation>
    </message>
    <message>
        <source>takes {0} numbers as {1}, but its card names {2}</source>
        <translation>nimmt {0} Zahlen als {1}, und seine Karte nennt {2}</translation>
    </message>
    <message>
        <source>takes {0} numbers, but its card names 1 covariate</source>
        <translation>nimmt {0} Zahlen, und seine Karte nennt 1 Kovariate</translation>
    </message>
    <message>
        <source>takes {0} numbers, but its card names {1} covariates</source>
        <translation>nimmt {0} Zahlen, und seine Karte nennt {1} Kovariaten</translation>
    </message>
    <message>
        <source>takes {0}, but {1} are given</source>
        <translation>nimmt {0}, und {1} sind angegeben</translation>
    </message>
    <message>
        <source>tensor {0} claims more than the file holds</source>
        <translation>Tensor {0} behauptet mehr, als die Datei enthält</translation>
    </message>
    <message>
        <source>tensor {0} has no valid shape or position</source>
        <translation>Tensor {0} hat keine gültige Form oder Stelle</translation>
    </message>
    <message>
        <source>tensor {0} has the unknown dtype {1}</source>
        <translation>Tensor {0} hat Zahlen der unbekannten Art {1}</translation>
    </message>
    <message>
        <source>tensor {0} {1}</source>
        <translation>Tensor {0} {1}</translation>
    </message>
    <message>
        <source>the bundle's configuration lists no preprocessing</source>
        <translation>die Konfiguration des Bundles führt keine Vorverarbeitung</translation>
    </message>
    <message>
        <source>the bundle's configuration names neither a size nor a spacing</source>
        <translation>die Konfiguration des Bundles nennt weder Größe noch Voxelabstand</translation>
    </message>
    <message>
        <source>the bundle's transform {0} cannot be followed</source>
        <translation>der Transformation {0} des Bundles lässt sich nicht folgen</translation>
    </message>
    <message>
        <source>the card's 'weights' is {0}..., the file's SHA-256 is {1}...</source>
        <translation>„weights“ der Karte ist {0}..., der SHA-256 der Datei ist {1}...</translation>
    </message>
    <message>
        <source>the configuration {0} inherits from itself</source>
        <translation>die Konfiguration {0} erbt von sich selbst</translation>
    </message>
    <message>
        <source>the file was tampered with</source>
        <translation>die Datei wurde verändert</translation>
    </message>
    <message>
        <source>the input is smaller than a layer's window</source>
        <translation>die Eingabe ist kleiner als das Fenster einer Schicht</translation>
    </message>
    <message>
        <source>the input is smaller than the padding</source>
        <translation>die Eingabe ist kleiner als eine Auffüllung</translation>
    </message>
    <message>
        <source>the layer's output has {0} spatial axes, but a thumbnail needs 2 or 3</source>
        <translation>die Schicht antwortet mit {0} Achsen, ein Bild braucht 2 oder 3</translation>
    </message>
    <message>
        <source>the mean of the outputs of the folds {0}{1}; choose the fold {2} to use only its network</source>
        <translation>das Mittel der Ausgaben der Folds {0}{1}; für ein einzelnes Netz den Fold {2} wählen</translation>
    </message>
    <message>
        <source>the network of fold {0}{1}</source>
        <translation>das Netz von Fold {0}{1}</translation>
    </message>
    <message>
        <source>only the network of {0}, {1}</source>
        <translation>nur das Netz von {0}, {1}</translation>
    </message>
    <message>
        <source>only the network of {0}, {1} (folds: {2})</source>
        <translation>nur das Netz von {0}, {1} (Folds: {2})</translation>
    </message>
    <message>
        <source>the outputs are means over 1 slice</source>
        <translation>die Ausgaben sind Mittel über 1 Schicht</translation>
    </message>
    <message>
        <source>they must be like {"background": 0, "tumor": 1}</source>
        <translation>sie müssen sein wie {"background": 0, "tumor": 1}</translation>
    </message>
    <message>
        <source>torch.export.save saves the whole network</source>
        <translation>torch.export.save bewahrt ein ganzes Netz</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>two tensors of the sizes {0} and {1} are combined along axis {2}</source>
        <translation>zwei Werte der Größen {0} und {1} werden verknüpft, entlang Achse {2}</translation>
    </message>
    <message>
        <source>use letters, digits, '-', '+' and '_' only</source>
        <translation>nur Buchstaben, Ziffern, „-“, „+“ und „_“ verwenden</translation>
    </message>
    <message>
        <source>uses the alias *{0}</source>
        <translation>verwendet den Alias *{0}</translation>
    </message>
    <message>
        <source>uses the instruction {0}, which no weights file needs</source>
        <translation>verwendet die Anweisung {0}, die keine Datei mit Gewichten braucht</translation>
    </message>
    <message>
        <source>values of the sizes {0} and {1} are joined along axis {2}</source>
        <translation>Werte der Größen {0} und {1} werden entlang Achse {2} verbunden</translation>
    </message>
    <message>
        <source>needs {0} voxels, which take {1} GB of memory; {2} GB are free</source>
        <translation>verlangt {0} Voxel, die {1} GB Speicher brauchen; {2} GB sind frei</translation>
    </message>
    <message>
        <source>a weights file needs one: that of a known network, or FILE.py:FUNCTION next to it</source>
        <translation>Gewichte allein brauchen eine: die eines bekannten Netzes oder daneben DATEI.py:FUNKTION</translation>
    </message>
    <message>
        <source>a weights file needs one: that of a known network, or FILE.py:FUNCTION next to it; torch.export.save saves the whole network</source>
        <translation>Gewichte allein brauchen eine: die eines bekannten Netzes oder daneben DATEI.py:FUNKTION; torch.export.save bewahrt ein ganzes Netz</translation>
    </message>
    <message>
        <source>its control flow depends on the values of the input</source>
        <translation>was es dort tut, hängt von den Werten der Eingabe ab</translation>
    </message>
    <message>
        <source>if nothing is scaled, use {"scaling": "none"}</source>
        <translation>wo nichts skaliert wird, {"scaling": "none"} angeben</translation>
    </message>
    <message>
        <source>without a name</source>
        <translation>ohne Namen</translation>
    </message>
    <message>
        <source>would run {0} when loaded</source>
        <translation>würde beim Laden {0} ausführen</translation>
    </message>
    <message>
        <source>wrap it in a module that returns one</source>
        <translation>in ein Modul packen, das einen zurückgibt</translation>
    </message>
    <message>
        <source>wrap it in a module that takes the one to be explained and holds the others fixed</source>
        <translation>in ein Modul packen, das die zu erklärende nimmt und die anderen festhält</translation>
    </message>
    <message>
        <source>write one beside it, {0}.card.json</source>
        <translation>daneben eine schreiben, {0}.card.json</translation>
    </message>
    <message>
        <source>{0} describes an object to be built</source>
        <translation>{0} verlangt, dass etwas gebaut wird</translation>
    </message>
    <message>
        <source>{0} asks for {1}</source>
        <translation>{0} verlangt {1}</translation>
    </message>
    <message>
        <source>{0} asks for {1}, which is not on the list of networks</source>
        <translation>{0} verlangt {1}, das nicht auf der Liste der Netze steht</translation>
    </message>
    <message>
        <source>{0} at most</source>
        <translation>höchstens {0}</translation>
    </message>
    <message>
        <source>{0} at most are read; open one of them</source>
        <translation>höchstens {0} werden gelesen; eines davon öffnen</translation>
    </message>
    <message>
        <source>{0} cannot be built ({1})</source>
        <translation>{0} lässt sich nicht bauen ({1})</translation>
    </message>
    <message>
        <source>{0} features, but the training scans have {1}</source>
        <translation>{0} Merkmale, und die Trainingsscans haben {1}</translation>
    </message>
    <message>
        <source>{0} gives no operator graph</source>
        <translation>{0} ergibt keinen Operatorgraph</translation>
    </message>
    <message>
        <source>{0} has no derivative</source>
        <translation>{0} hat keine Ableitung</translation>
    </message>
    <message>
        <source>{0} has the entry {1}</source>
        <translation>{0} hat den Eintrag {1}</translation>
    </message>
    <message>
        <source>{0} inputs given; activations are computed for one</source>
        <translation>{0} Eingaben zugleich; Aktivierungen gehören zu einer</translation>
    </message>
    <message>
        <source>{0} is a network in {1}D</source>
        <translation>{0} ist ein Netz in {1}D</translation>
    </message>
    <message>
        <source>{0} is compressed</source>
        <translation>{0} ist komprimiert</translation>
    </message>
    <message>
        <source>{0} is given an input of {1}</source>
        <translation>{0} erhält eine Eingabe von {1}</translation>
    </message>
    <message>
        <source>{0} is not a plain object with a _target_</source>
        <translation>{0} ist kein einfaches Objekt mit _target_</translation>
    </message>
    <message>
        <source>{0} is the expression {1}</source>
        <translation>{0} ist der Ausdruck {1}</translation>
    </message>
    <message>
        <source>{0} is the second stage of a cascade, which takes the first one's segmentation</source>
        <translation>{0} ist die zweite Stufe einer Kaskade, die die Segmentierung der ersten nimmt</translation>
    </message>
    <message>
        <source>{0} is used: there is no {1}</source>
        <translation>{0} wird verwendet: {1} gibt es nicht</translation>
    </message>
    <message>
        <source>{0} refers to itself</source>
        <translation>{0} verweist auf sich selbst</translation>
    </message>
    <message>
        <source>{0} refers to {1}, which is missing</source>
        <translation>{0} verweist auf {1}, das fehlt</translation>
    </message>
    <message>
        <source>{0} scans give no reference</source>
        <translation>{0} Scans ergeben keine Referenz</translation>
    </message>
    <message>
        <source>{0} expands to more than {1} values</source>
        <translation>{0} steht für mehr als {1} Werte</translation>
    </message>
    <message>
        <source>{0} values do not fill the shape {1}</source>
        <translation>{0} Werte füllen die Form {1} nicht</translation>
    </message>
    <message>
        <source>{0} voxels of the layer, enlarged to the scan's grid</source>
        <translation>{0} Voxel der Schicht, auf das Gitter des Scans vergrößert</translation>
    </message>
    <message>
        <source>{0}() returns no torch.nn.Module</source>
        <translation>{0}() gibt kein torch.nn.Module zurück</translation>
    </message>
    <message>
        <source>{0}.{1} would fetch weights</source>
        <translation>{0}.{1} würde Gewichte herunterladen</translation>
    </message>
</context>
</TS>
