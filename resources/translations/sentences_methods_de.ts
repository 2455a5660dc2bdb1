<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source> and no </source>
        <translation> und kein </translation>
    </message>
    <message>
        <source>, g_a changes it</source>
        <translation>, g_a ändert sie</translation>
    </message>
    <message>
        <source>, g_a does not change it</source>
        <translation>, g_a ändert sie nicht</translation>
    </message>
    <message>
        <source>1 step, {0} of the scan's Euclidean length</source>
        <translation>1 Schritt, {0} der euklidischen Länge des Scans</translation>
    </message>
    <message>
        <source>1 window of {0} voxels; {1}</source>
        <translation>1 Fenster von {0} Voxeln; {1}</translation>
    </message>
    <message>
        <source>a bare tensor cannot be prepared</source>
        <translation>ein bloßer Tensor lässt sich nicht vorbereiten</translation>
    </message>
    <message>
        <source>a bare tensor has no positions in mm</source>
        <translation>ein bloßer Tensor hat keine Positionen in mm</translation>
    </message>
    <message>
        <source>a bare tensor has no spatial coordinates</source>
        <translation>ein bloßer Tensor hat keine räumlichen Koordinaten</translation>
    </message>
    <message>
        <source>a point has three coordinates</source>
        <translation>ein Punkt hat drei Koordinaten</translation>
    </message>
    <message>
        <source>add mm, or give whole numbers</source>
        <translation>mm ergänzen oder ganze Zahlen angeben</translation>
    </message>
    <message>
        <source>all its voxels have the same value</source>
        <translation>alle Voxel haben denselben Wert</translation>
    </message>
    <message>
        <source>an anti-heatmap: evidence for this class counts against the others</source>
        <translation>eine Anti-Heatmap: Belege für diese Klasse zählen gegen die anderen</translation>
    </message>
    <message>
        <source>and no {0}</source>
        <translation>und kein {0}</translation>
    </message>
    <message>
        <source>are for scans of another kind</source>
        <translation>sind für Scans anderer Art</translation>
    </message>
    <message>
        <source>are the names of an atlas, but no atlas is given</source>
        <translation>sind die Namen eines Atlas, und keiner ist angegeben</translation>
    </message>
    <message>
        <source>at {0}, the last attention, {1}</source>
        <translation>bei {0}, der letzten Aufmerksamkeit, {1}</translation>
    </message>
    <message>
        <source>at {0}, {1}</source>
        <translation>bei {0}, {1}</translation>
    </message>
    <message>
        <source>atlas {0}</source>
        <translation>Atlas {0}</translation>
    </message>
    <message>
        <source>windowed attention has no row for each patch of the image</source>
        <translation>Aufmerksamkeit über Fenster hat keine Zeile für jeden Patch des Bildes</translation>
    </message>
    <message>
        <source>belongs to {0}, not to this {1}</source>
        <translation>gehört zu {0}, nicht zu diesem {1}</translation>
    </message>
    <message>
        <source>bring both into the same space first</source>
        <translation>beide zuerst in einen Raum bringen</translation>
    </message>
    <message>
        <source>cannot be used: {0}</source>
        <translation>lässt sich nicht verwenden: {0}</translation>
    </message>
    <message>
        <source>check the scan</source>
        <translation>den Scan prüfen</translation>
    </message>
    <message>
        <source>choose Grad-CAM or LRP</source>
        <translation>Grad-CAM oder LRP wählen</translation>
    </message>
    <message>
        <source>choose LRP, DeepLIFT or occlusion</source>
        <translation>LRP, DeepLIFT oder Okklusion wählen</translation>
    </message>
    <message>
        <source>choose a method that needs only forward passes</source>
        <translation>eine Methode wählen, die nur Vorwärtsdurchläufe braucht</translation>
    </message>
    <message>
        <source>choose a method that needs only the gradient</source>
        <translation>eine Methode wählen, die nur den Gradienten braucht</translation>
    </message>
    <message>
        <source>choose a point inside a predicted body, or leave the target out</source>
        <translation>einen Punkt in einem vorhergesagten Körper wählen oder das Ziel weglassen</translation>
    </message>
    <message>
        <source>choose a point inside a predicted body, or name the target</source>
        <translation>einen Punkt in einem vorhergesagten Körper wählen oder das Ziel nennen</translation>
    </message>
    <message>
        <source>choose a point inside one</source>
        <translation>einen Punkt in einem davon wählen</translation>
    </message>
    <message>
        <source>choose another layer</source>
        <translation>eine andere Schicht wählen</translation>
    </message>
    <message>
        <source>choose another method</source>
        <translation>eine andere Methode wählen</translation>
    </message>
    <message>
        <source>choose another method, or other settings of this one (saliency-viewer methods {0})</source>
        <translation>eine andere Methode wählen oder andere Einstellungen dieser (saliency-viewer methods {0})</translation>
    </message>
    <message>
        <source>choose attention rollout, Grad-CAM or LRP</source>
        <translation>Attention Rollout, Grad-CAM oder LRP wählen</translation>
    </message>
    <message>
        <source>computed for patches ({0}) {1}, enlarged to the input's grid</source>
        <translation>berechnet für Patches ({0}) {1}, auf das Gitter der Eingabe vergrößert</translation>
    </message>
    <message>
        <source>convert them to float32</source>
        <translation>in float32 umwandeln</translation>
    </message>
    <message>
        <source>correct the card, or name one output as the target</source>
        <translation>die Karte berichtigen oder eine Ausgabe als Ziel nennen</translation>
    </message>
    <message>
        <source>covers {0} of the explained scan, and cannot be compared with it</source>
        <translation>deckt {0} des erklärten Scans ab und ist nicht damit vergleichbar</translation>
    </message>
    <message>
        <source>delete it to fit from the beginning</source>
        <translation>löschen, um von vorn anzupassen</translation>
    </message>
    <message>
        <source>delete it, and fit from the beginning</source>
        <translation>löschen und von vorn anpassen</translation>
    </message>
    <message>
        <source>did you mean {0}? {1}</source>
        <translation>war {0} gemeint? {1}</translation>
    </message>
    <message>
        <source>has incomplete metadata ({0})</source>
        <translation>hat unvollständige Metadaten ({0})</translation>
    </message>
    <message>
        <source>explain a scan: its references are resampled to its grid</source>
        <translation>einen Scan erklären: seine Referenzen werden auf sein Gitter gebracht</translation>
    </message>
    <message>
        <source>explain with viewer.explain</source>
        <translation>mit viewer.explain erklären</translation>
    </message>
    <message>
        <source>fit the patterns again</source>
        <translation>die Muster neu anpassen</translation>
    </message>
    <message>
        <source>fit them again</source>
        <translation>neu anpassen</translation>
    </message>
    <message>
        <source>fit them to this network with saliency-viewer patterns fit</source>
        <translation>mit saliency-viewer patterns fit an dieses Netz anpassen</translation>
    </message>
    <message>
        <source>g_s does not keep the prediction, g_a changes it</source>
        <translation>g_s behält die Vorhersage nicht, g_a ändert sie</translation>
    </message>
    <message>
        <source>g_s does not keep the prediction, g_a does not change it</source>
        <translation>g_s behält die Vorhersage nicht, g_a ändert sie nicht</translation>
    </message>
    <message>
        <source>g_s keeps the prediction, g_a changes it</source>
        <translation>g_s behält die Vorhersage, g_a ändert sie</translation>
    </message>
    <message>
        <source>g_s keeps the prediction, g_a does not change it</source>
        <translation>g_s behält die Vorhersage, g_a ändert sie nicht</translation>
    </message>
    <message>
        <source>generators {0}</source>
        <translation>Generatoren {0}</translation>
    </message>
    <message>
        <source>give 1 or 3 in mm</source>
        <translation>1 oder 3 in mm angeben</translation>
    </message>
    <message>
        <source>give 1 or {0}: one for each axis</source>
        <translation>1 oder {0} angeben: eine je Achse</translation>
    </message>
    <message>
        <source>give 16, or 8,16,8, or 12,24,12 mm</source>
        <translation>16 oder 8,16,8 oder 12,24,12 mm angeben</translation>
    </message>
    <message>
        <source>give NAME=FILE,NAME=FILE, a table with a column for each, or a file with a volume for each</source>
        <translation>NAME=DATEI,NAME=DATEI angeben, eine Tabelle mit je einer Spalte oder eine Datei mit je einem Volumen</translation>
    </message>
    <message>
        <source>give a file, a folder or a scan</source>
        <translation>eine Datei, einen Ordner oder einen Scan angeben</translation>
    </message>
    <message>
        <source>give a scan, or an array as the region</source>
        <translation>einen Scan angeben oder ein Feld als Region</translation>
    </message>
    <message>
        <source>give a table with a column for each of them, and a row for each person</source>
        <translation>eine Tabelle mit je einer Spalte und einer Zeile je Person angeben</translation>
    </message>
    <message>
        <source>give a text file with one path per line</source>
        <translation>eine Textdatei mit einem Pfad je Zeile angeben</translation>
    </message>
    <message>
        <source>give at least one sample of (N, C, spatial...)</source>
        <translation>mindestens ein Beispiel (N, C, Raum …) angeben</translation>
    </message>
    <message>
        <source>give one path per line</source>
        <translation>einen Pfad je Zeile angeben</translation>
    </message>
    <message>
        <source>give a single sample</source>
        <translation>eine einzelne Stichprobe angeben</translation>
    </message>
    <message>
        <source>give scans that were not used</source>
        <translation>Scans angeben, die nicht verwendet wurden</translation>
    </message>
    <message>
        <source>give the patch as I,J,K</source>
        <translation>den Patch als I,J,K angeben</translation>
    </message>
    <message>
        <source>give two or more</source>
        <translation>mindestens zwei angeben</translation>
    </message>
    <message>
        <source>give voxels, or a scan</source>
        <translation>Voxel angeben oder einen Scan</translation>
    </message>
    <message>
        <source>grid {0}</source>
        <translation>Gitter {0}</translation>
    </message>
    <message>
        <source>does not have the shape of the other members' maps</source>
        <translation>hat eine andere Form als die Karten anderer Mitglieder</translation>
    </message>
    <message>
        <source>has no list 'labels'</source>
        <translation>hat keine Liste „labels“</translation>
    </message>
    <message>
        <source>has no {0}</source>
        <translation>hat kein {0}</translation>
    </message>
    <message>
        <source>has none that fit {0}</source>
        <translation>hat keine, die zu {0} passen</translation>
    </message>
    <message>
        <source>has unequal shapes ({0})</source>
        <translation>hat ungleiche Formen ({0})</translation>
    </message>
    <message>
        <source>have a tiny denominator</source>
        <translation>haben einen winzigen Nenner</translation>
    </message>
    <message>
        <source>head {0}</source>
        <translation>Kopf {0}</translation>
    </message>
    <message>
        <source>holds no patterns</source>
        <translation>enthält keine Muster</translation>
    </message>
    <message>
        <source>holds no {0} of {1}</source>
        <translation>enthält kein {0} von {1}</translation>
    </message>
    <message>
        <source>holds numbers that are not finite</source>
        <translation>enthält nicht endliche Zahlen</translation>
    </message>
    <message>
        <source>holds sums of other layers</source>
        <translation>enthält Summen anderer Schichten</translation>
    </message>
    <message>
        <source>holds tensors of different shapes for {0}</source>
        <translation>enthält Tensoren verschiedener Form für {0}</translation>
    </message>
    <message>
        <source>holds {0}, not {1}</source>
        <translation>enthält {0}, nicht {1}</translation>
    </message>
    <message>
        <source>is it in the same space?</source>
        <translation>liegt er im selben Raum?</translation>
    </message>
    <message>
        <source>is it of this scan, and in mm?</source>
        <translation>gehört sie zu diesem Scan, und ist sie in mm?</translation>
    </message>
    <message>
        <source>is it the right file?</source>
        <translation>ist es die richtige Datei?</translation>
    </message>
    <message>
        <source>is neither a file nor a known form</source>
        <translation>ist weder Datei noch bekannte Form</translation>
    </message>
    <message>
        <source>is not a list of scans</source>
        <translation>ist keine Liste von Scans</translation>
    </message>
    <message>
        <source>is not named, and members may differ in it</source>
        <translation>ist nicht genannt, und Mitglieder können sich darin unterscheiden</translation>
    </message>
    <message>
        <source>is of another network or other settings</source>
        <translation>gehört zu einem anderen Netz oder anderen Einstellungen</translation>
    </message>
    <message>
        <source>is not the difference of two outputs</source>
        <translation>ist keine Differenz zweier Ausgaben</translation>
    </message>
    <message>
        <source>is one output minus itself</source>
        <translation>ist eine Ausgabe minus sich selbst</translation>
    </message>
    <message>
        <source>is a single output for both classes</source>
        <translation>ist eine einzige Ausgabe für beide Klassen</translation>
    </message>
    <message>
        <source>is {0} voxels as the network's input, and the explained tensor is {1}</source>
        <translation>ist als Eingabe des Netzes {0} Voxel, und der erklärte Tensor ist {1}</translation>
    </message>
    <message>
        <source>it has an output at every pixel, and is given 1 slice</source>
        <translation>es antwortet in jedem Pixel und sieht 1 Schicht</translation>
    </message>
    <message>
        <source>it has an output at every pixel, and is given {0} slices</source>
        <translation>es antwortet in jedem Pixel und sieht {0} Schichten</translation>
    </message>
    <message>
        <source>its output for one scan is {0}</source>
        <translation>es antwortet mit {0} für einen Scan</translation>
    </message>
    <message>
        <source>the positions of its tokens in the image do not follow from the network's operators</source>
        <translation>aus den Operatoren des Netzes geht nicht hervor, wo die Tokens im Bild liegen</translation>
    </message>
    <message>
        <source>it does not decompose the output, so no voxel's map can be normalised</source>
        <translation>sie zerlegt die Ausgabe nicht; daher lässt sich keine Karte eines Voxels normieren</translation>
    </message>
    <message>
        <source>it does not return a single tensor</source>
        <translation>sie gibt keinen einzelnen Tensor zurück</translation>
    </message>
    <message>
        <source>it explains a layer, and none is named</source>
        <translation>sie erklärt eine Schicht, und keine ist genannt</translation>
    </message>
    <message>
        <source>it has 1 output, and its card names 1 value</source>
        <translation>es hat 1 Ausgabe, und seine Karte nennt 1 Wert</translation>
    </message>
    <message>
        <source>it has 1 output, and its card names {0} values</source>
        <translation>es hat 1 Ausgabe, und seine Karte nennt {0} Werte</translation>
    </message>
    <message>
        <source>it has no use for the layer {0}</source>
        <translation>sie hat für die Schicht {0} keine Verwendung</translation>
    </message>
    <message>
        <source>not all of its entries are tensors</source>
        <translation>nicht alle Einträge sind Tensoren</translation>
    </message>
    <message>
        <source>it has voxels that are NaN or infinite</source>
        <translation>er hat Voxel, die NaN oder unendlich sind</translation>
    </message>
    <message>
        <source>it has {0} outputs, and its card names 1 value</source>
        <translation>es hat {0} Ausgaben, und seine Karte nennt 1 Wert</translation>
    </message>
    <message>
        <source>it has {0} outputs, and its card names {1} values</source>
        <translation>es hat {0} Ausgaben, und seine Karte nennt {1} Werte</translation>
    </message>
    <message>
        <source>it contains {0} of f(x) − f(baseline)</source>
        <translation>sie enthält {0} von f(x) − f(Baseline)</translation>
    </message>
    <message>
        <source>it is for networks with an output at every voxel</source>
        <translation>sie ist für Netze, die in jedem Voxel antworten</translation>
    </message>
    <message>
        <source>it moves the scan across the decision boundary of one class</source>
        <translation>sie bewegt den Scan über die Grenze einer Klasse</translation>
    </message>
    <message>
        <source>it needs generators for {0}, and no file is named or found beside it</source>
        <translation>sie braucht Generatoren für {0}, und keine Datei ist genannt oder liegt daneben</translation>
    </message>
    <message>
        <source>it needs the network's operators, and {0} is {1}</source>
        <translation>sie braucht die Operatoren des Netzes, und {0} ist {1}</translation>
    </message>
    <message>
        <source>it needs the patterns of {0}, and no file is named or found beside it</source>
        <translation>sie braucht die Muster von {0}, und keine Datei ist genannt oder liegt daneben</translation>
    </message>
    <message>
        <source>its largest is {0}</source>
        <translation>die größte ist {0}</translation>
    </message>
    <message>
        <source>its largest is {0}; lower the threshold, use a mask, or another class</source>
        <translation>die größte ist {0}; Schwellenwert senken, eine Maske oder eine andere Klasse nehmen</translation>
    </message>
    <message>
        <source>its layers are {0}</source>
        <translation>seine Schichten sind {0}</translation>
    </message>
    <message>
        <source>its numbers cannot be read</source>
        <translation>die Zahlen sind nicht lesbar</translation>
    </message>
    <message>
        <source>its output has no derivative with respect to its input</source>
        <translation>die Ausgabe hat keine Ableitung nach der Eingabe</translation>
    </message>
    <message>
        <source>its parameters cannot be read ({0}: {1})</source>
        <translation>die Parameter sind nicht lesbar ({0}: {1})</translation>
    </message>
    <message>
        <source>its shape is {0}</source>
        <translation>die Form ist {0}</translation>
    </message>
    <message>
        <source>its voxels are {0}</source>
        <translation>die Voxel sind {0}</translation>
    </message>
    <message>
        <source>leave 'slices' out of its card: one slice can be explained</source>
        <translation>„slices“ in seiner Karte weglassen: eine Schicht lässt sich erklären</translation>
    </message>
    <message>
        <source>leave the layer out</source>
        <translation>die Schicht weglassen</translation>
    </message>
    <message>
        <source>leave the region out</source>
        <translation>die Region weglassen</translation>
    </message>
    <message>
        <source>leave the region out; it is for networks with an output at every voxel</source>
        <translation>die Region weglassen; sie ist für Netze, die in jedem Voxel antworten</translation>
    </message>
    <message>
        <source>left sharp</source>
        <translation>scharf gelassen</translation>
    </message>
    <message>
        <source>lower the threshold, use a mask, or another class</source>
        <translation>Schwellenwert senken, eine Maske oder eine andere Klasse nehmen</translation>
    </message>
    <message>
        <source>make one with saliency-viewer patterns fit, and set patterns=FILE</source>
        <translation>mit saliency-viewer patterns fit erzeugen und patterns=DATEI setzen</translation>
    </message>
    <message>
        <source>make one with saliency-viewer train generators, and set generators=FILE</source>
        <translation>mit saliency-viewer train generators erzeugen und generators=DATEI setzen</translation>
    </message>
    <message>
        <source>make some with saliency-viewer patterns fit</source>
        <translation>mit saliency-viewer patterns fit erzeugen</translation>
    </message>
    <message>
        <source>name a class</source>
        <translation>eine Klasse nennen</translation>
    </message>
    <message>
        <source>name a file or a folder of scans</source>
        <translation>eine Datei oder einen Ordner von Scans nennen</translation>
    </message>
    <message>
        <source>name a folder of them, or a text file with one path per line</source>
        <translation>einen Ordner davon nennen oder eine Textdatei mit einem Pfad je Zeile</translation>
    </message>
    <message>
        <source>name another layer with --layer</source>
        <translation>mit --layer eine andere Schicht nennen</translation>
    </message>
    <message>
        <source>name one class as the target</source>
        <translation>eine Klasse als Ziel nennen</translation>
    </message>
    <message>
        <source>name two different outputs</source>
        <translation>zwei verschiedene Ausgaben nennen</translation>
    </message>
    <message>
        <source>name one of the two classes</source>
        <translation>eine der beiden Klassen nennen</translation>
    </message>
    <message>
        <source>name one with --layer</source>
        <translation>mit --layer eine nennen</translation>
    </message>
    <message>
        <source>name the columns that hold the files</source>
        <translation>die Spalten mit den Dateien nennen</translation>
    </message>
    <message>
        <source>names no attention layer, or several</source>
        <translation>nennt keine oder mehrere Aufmerksamkeitsschichten</translation>
    </message>
    <message>
        <source>names no scans</source>
        <translation>nennt keine Scans</translation>
    </message>
    <message>
        <source>never fire</source>
        <translation>feuern nie</translation>
    </message>
    <message>
        <source>{0} is neither a choice nor a file</source>
        <translation>{0} ist weder eine der Möglichkeiten noch eine Datei</translation>
    </message>
    <message>
        <source>no convolution's output is a volume of several voxels along the input's {0} axes</source>
        <translation>keine Faltung gibt ein Volumen mehrerer Voxel entlang der {0} Achsen der Eingabe aus</translation>
    </message>
    <message>
        <source>no padding {0}</source>
        <translation>keine Auffüllung {0}</translation>
    </message>
    <message>
        <source>no rule {0}</source>
        <translation>keine Regel {0}</translation>
    </message>
    <message>
        <source>no such grid</source>
        <translation>kein solches Gitter</translation>
    </message>
    <message>
        <source>no such head</source>
        <translation>kein solcher Kopf</translation>
    </message>
    <message>
        <source>no such method</source>
        <translation>keine solche Methode</translation>
    </message>
    <message>
        <source>the patch lies outside</source>
        <translation>der Patch liegt außerhalb</translation>
    </message>
    <message>
        <source>no such query</source>
        <translation>keine solche Abfrage</translation>
    </message>
    <message>
        <source>no such reduction</source>
        <translation>keine solche Reduktion</translation>
    </message>
    <message>
        <source>no voxel of the prediction lies in it</source>
        <translation>kein Voxel der Vorhersage liegt darin</translation>
    </message>
    <message>
        <source>none of its regions lies in the scan</source>
        <translation>keine seiner Regionen liegt im Scan</translation>
    </message>
    <message>
        <source>only background is predicted there</source>
        <translation>dort ist nur Hintergrund vorhergesagt</translation>
    </message>
    <message>
        <source>the probability is nowhere above {0}</source>
        <translation>nirgends liegt die Wahrscheinlichkeit über {0}</translation>
    </message>
    <message>
        <source>only the part of the network that each can affect was run again</source>
        <translation>vom Netz lief für jedes nur der Teil neu, den es erreicht</translation>
    </message>
    <message>
        <source>v is fitted on one half of the scans, ρ measured on the other</source>
        <translation>eine Hälfte der Scans passt v an, die andere misst</translation>
    </message>
    <message>
        <source>one sample has no variance</source>
        <translation>ein Beispiel hat keine Varianz</translation>
    </message>
    <message>
        <source>one table of scans, or one study to simulate, is needed</source>
        <translation>gebraucht wird eine Tabelle von Scans oder eine Studie zum Simulieren</translation>
    </message>
    <message>
        <source>only networks with one number per class, for a scan or at its voxels, can be explained</source>
        <translation>nur Netze, die je Klasse mit einer Zahl antworten, für einen Scan oder in seinen Voxeln, lassen sich erklären</translation>
    </message>
    <message>
        <source>give them, or write @X,Y,Z</source>
        <translation>diese angeben, oder @X,Y,Z schreiben</translation>
    </message>
    <message>
        <source>over 1 layer</source>
        <translation>über 1 Schicht</translation>
    </message>
    <message>
        <source>over 1 layer of windows, the mean over all tokens of the last</source>
        <translation>über 1 Schicht von Fenstern, Mittel über alle Tokens der letzten</translation>
    </message>
    <message>
        <source>over {0} layers</source>
        <translation>über {0} Schichten</translation>
    </message>
    <message>
        <source>over {0} layers of windows, the mean over all tokens of the last</source>
        <translation>über {0} Schichten von Fenstern, Mittel über alle Tokens der letzten</translation>
    </message>
    <message>
        <source>patterns learned from 1 scan</source>
        <translation>Muster aus 1 Scan gelernt</translation>
    </message>
    <message>
        <source>patterns learned from {0} scans</source>
        <translation>Muster aus {0} Scans gelernt</translation>
    </message>
    <message>
        <source>patterns quality</source>
        <translation>Qualität der Muster</translation>
    </message>
    <message>
        <source>query {0}</source>
        <translation>Abfrage {0}</translation>
    </message>
    <message>
        <source>read at the first token, the class token</source>
        <translation>gelesen am ersten Token, dem Klassen-Token</translation>
    </message>
    <message>
        <source>read at the patch {0}</source>
        <translation>gelesen am Patch {0}</translation>
    </message>
    <message>
        <source>replace them first</source>
        <translation>zuerst ersetzen</translation>
    </message>
    <message>
        <source>rho with a hundredth of the ridge</source>
        <translation>rho mit einem Hundertstel des Ridge-Terms</translation>
    </message>
    <message>
        <source>separate them by commas, as in {0}</source>
        <translation>durch Kommas trennen wie in {0}</translation>
    </message>
    <message>
        <source>set low and high, or use bounds=scan</source>
        <translation>low und high setzen oder bounds=scan verwenden</translation>
    </message>
    <message>
        <source>set unruled to linearise to use its gradient</source>
        <translation>unruled auf linearise setzen, um den Gradienten zu verwenden</translation>
    </message>
    <message>
        <source>some of the images are folders, and some are files</source>
        <translation>manche Bilder sind Ordner, manche Dateien</translation>
    </message>
    <message>
        <source>choose 0 to {0}, or mean</source>
        <translation>0 bis {0} oder mean nehmen</translation>
    </message>
    <message>
        <source>choose more than 0, up to {0}</source>
        <translation>mehr als 0 bis {0} nehmen</translation>
    </message>
    <message>
        <source>use one from the layer list</source>
        <translation>eine aus der Liste der Schichten nehmen</translation>
    </message>
    <message>
        <source>use one grid</source>
        <translation>ein Gitter nehmen</translation>
    </message>
    <message>
        <source>choose one of {0}</source>
        <translation>eines von {0} nehmen</translation>
    </message>
    <message>
        <source>use scan, model or template</source>
        <translation>scan, model oder template nehmen</translation>
    </message>
    <message>
        <source>use the sum or the mean over the region, or LRP or DeepLIFT</source>
        <translation>Summe oder Mittel über die Region nehmen oder LRP oder DeepLIFT</translation>
    </message>
    <message>
        <source>choose {0}, {1}, I,J,K or @X,Y,Z</source>
        <translation>{0}, {1}, I,J,K oder @X,Y,Z nehmen</translation>
    </message>
    <message>
        <source>tensor {0}.{1}</source>
        <translation>Tensor {0}.{1}</translation>
    </message>
    <message>
        <source>the explained class is not predicted there</source>
        <translation>die erklärte Klasse ist dort nicht vorhergesagt</translation>
    </message>
    <message>
        <source>the class token is left out</source>
        <translation>das Klassen-Token ist ausgelassen</translation>
    </message>
    <message>
        <source>the decision boundary is not reached</source>
        <translation>die Entscheidungsgrenze ist nicht erreicht</translation>
    </message>
    <message>
        <source>the first layer, the finest</source>
        <translation>die erste Schicht, die feinste</translation>
    </message>
    <message>
        <source>the folder {0} cannot be read ({1})</source>
        <translation>der Ordner {0} ist nicht lesbar ({1})</translation>
    </message>
    <message>
        <source>the folder {0} holds no image files</source>
        <translation>der Ordner {0} enthält keine Bilddateien</translation>
    </message>
    <message>
        <source>the folders hold files of different names</source>
        <translation>die Ordner enthalten Dateien verschiedener Namen</translation>
    </message>
    <message>
        <source>the input has no spatial axes</source>
        <translation>die Eingabe hat keine räumlichen Achsen</translation>
    </message>
    <message>
        <source>the input runs from {0} to {1}, outside the bounds {2} to {3}</source>
        <translation>die Eingabe geht von {0} bis {1}, außerhalb der Grenzen {2} bis {3}</translation>
    </message>
    <message>
        <source>the largest effects: {0}</source>
        <translation>die größten Wirkungen: {0}</translation>
    </message>
    <message>
        <source>the last convolution is the output itself</source>
        <translation>die letzte Faltung ist die Ausgabe selbst</translation>
    </message>
    <message>
        <source>the linear model cannot be fitted ({0})</source>
        <translation>das lineare Modell lässt sich nicht anpassen ({0})</translation>
    </message>
    <message>
        <source>the list of scans is empty</source>
        <translation>die Liste der Scans ist leer</translation>
    </message>
    <message>
        <source>the map has values that are not finite: the method's rules overflow, although the network's outputs are finite</source>
        <translation>die Karte hat nicht endliche Werte: die Regeln der Methode laufen über, obwohl die Ausgaben des Netzes endlich sind</translation>
    </message>
    <message>
        <source>the mask has no spatial coordinates</source>
        <translation>die Maske hat keine räumlichen Koordinaten</translation>
    </message>
    <message>
        <source>the mean over all tokens</source>
        <translation>Mittel über alle Tokens</translation>
    </message>
    <message>
        <source>the mean over its heads</source>
        <translation>Mittel über die Köpfe</translation>
    </message>
    <message>
        <source>the name of region n must have index n, from 0</source>
        <translation>der Name der Region n muss den Index n haben, ab 0</translation>
    </message>
    <message>
        <source>the network predicts values, which have no probability</source>
        <translation>das Netz antwortet mit Werten, die keine Wahrscheinlichkeit haben</translation>
    </message>
    <message>
        <source>the network has no attention</source>
        <translation>das Netz hat keine Aufmerksamkeit</translation>
    </message>
    <message>
        <source>the network has no class token before its patches</source>
        <translation>das Netz hat kein Klassen-Token vor den Patches</translation>
    </message>
    <message>
        <source>the network has no layer {0}</source>
        <translation>das Netz hat keine Schicht {0}</translation>
    </message>
    <message>
        <source>the network has no such class</source>
        <translation>das Netz hat keine solche Klasse</translation>
    </message>
    <message>
        <source>the network has no such layer</source>
        <translation>das Netz hat keine solche Schicht</translation>
    </message>
    <message>
        <source>the network has no such output</source>
        <translation>das Netz hat keine solche Ausgabe</translation>
    </message>
    <message>
        <source>the network predicts no bodies here</source>
        <translation>das Netz sagt hier keine Körper vorher</translation>
    </message>
    <message>
        <source>the network's attention is not over all patches of one grid, as in networks with windowed attention</source>
        <translation>die Aufmerksamkeit des Netzes geht nicht über alle Patches eines Gitters, wie in Netzen mit Fenstern</translation>
    </message>
    <message>
        <source>the numbers of the rule {0} cannot be read</source>
        <translation>die Zahlen der Regel {0} sind nicht lesbar</translation>
    </message>
    <message>
        <source>the output does not depend on it</source>
        <translation>die Ausgabe hängt nicht davon ab</translation>
    </message>
    <message>
        <source>the output goes from {0} to {1}, with voxels changed by {2} at most</source>
        <translation>die Ausgabe geht von {0} auf {1}, mit um höchstens {2} geänderten Voxeln</translation>
    </message>
    <message>
        <source>has no parameter 'channel'</source>
        <translation>hat keinen Parameter „channel“</translation>
    </message>
    <message>
        <source>the point is in no cluster above the threshold</source>
        <translation>der Punkt liegt in keinem Cluster über dem Schwellenwert</translation>
    </message>
    <message>
        <source>the point lies outside</source>
        <translation>der Punkt liegt außerhalb</translation>
    </message>
    <message>
        <source>the point lies outside the prediction</source>
        <translation>der Punkt liegt außerhalb der Vorhersage</translation>
    </message>
    <message>
        <source>the prediction changes</source>
        <translation>die Vorhersage ändert sich</translation>
    </message>
    <message>
        <source>the prediction does not change</source>
        <translation>die Vorhersage ändert sich nicht</translation>
    </message>
    <message>
        <source>the prediction's is {0}</source>
        <translation>die der Vorhersage ist {0}</translation>
    </message>
    <message>
        <source>the request has no reference scans</source>
        <translation>die Anfrage hat keine Referenzscans</translation>
    </message>
    <message>
        <source>the rule {0} takes 1 number, and {1} has {2}</source>
        <translation>die Regel {0} nimmt 1 Zahl, und {1} hat {2}</translation>
    </message>
    <message>
        <source>the rule {0} takes {1} numbers, and {2} has {3}</source>
        <translation>die Regel {0} nimmt {1} Zahlen, und {2} hat {3}</translation>
    </message>
    <message>
        <source>the scan cannot be divided into parts</source>
        <translation>der Scan lässt sich nicht in Teile zerlegen</translation>
    </message>
    <message>
        <source>the weights of {0} depend on the input</source>
        <translation>die Gewichte von {0} hängen von der Eingabe ab</translation>
    </message>
    <message>
        <source>the whole network was run for each</source>
        <translation>für jedes lief das ganze Netz</translation>
    </message>
    <message>
        <source>their filters are used in place of patterns</source>
        <translation>ihre Filter dienen als Muster</translation>
    </message>
    <message>
        <source>there are no scans to learn them from</source>
        <translation>es gibt keine Scans, um sie zu lernen</translation>
    </message>
    <message>
        <source>a patch has {0} integer indices</source>
        <translation>ein Patch hat {0} ganzzahlige Indizes</translation>
    </message>
    <message>
        <source>there is no residual connection around the attention</source>
        <translation>es gibt keine Residualverbindung um die Aufmerksamkeit</translation>
    </message>
    <message>
        <source>there is no rule for {0}</source>
        <translation>es gibt keine Regel für {0}</translation>
    </message>
    <message>
        <source>there is no scan {0}</source>
        <translation>es gibt keinen Scan {0}</translation>
    </message>
    <message>
        <source>there is nothing to explain</source>
        <translation>es gibt nichts zu erklären</translation>
    </message>
    <message>
        <source>this operator has no bias</source>
        <translation>dieser Operator hat keinen Bias</translation>
    </message>
    <message>
        <source>this operator has weights</source>
        <translation>dieser Operator hat Gewichte</translation>
    </message>
    <message>
        <source>tokens cannot be followed through {0}</source>
        <translation>Tokens lassen sich nicht durch {0} verfolgen</translation>
    </message>
    <message>
        <source>train others</source>
        <translation>andere trainieren</translation>
    </message>
    <message>
        <source>choose 2 samples or more</source>
        <translation>mindestens 2 Beispiele nehmen</translation>
    </message>
    <message>
        <source>use a stride no larger than the window</source>
        <translation>eine Schrittweite bis zur Größe des Fensters nehmen</translation>
    </message>
    <message>
        <source>use all, above:0.5, above:0.5@X,Y,Z for the cluster at a point, component:X,Y,Z for the predicted body at a point, box:X,Y,Z,X,Y,Z in mm, or a mask file; mean: or normalised: may precede it</source>
        <translation>all, above:0.5, above:0.5@X,Y,Z für den Cluster an einem Punkt, component:X,Y,Z für den vorhergesagten Körper an einem Punkt, box:X,Y,Z,X,Y,Z in mm oder eine Maskendatei nehmen; mean: oder normalised: kann davor stehen</translation>
    </message>
    <message>
        <source>use an LRP method</source>
        <translation>eine LRP-Methode verwenden</translation>
    </message>
    <message>
        <source>use an LRP method or the gradient</source>
        <translation>eine LRP-Methode oder den Gradienten verwenden</translation>
    </message>
    <message>
        <source>use integrated gradients, which need no rules</source>
        <translation>integrierte Gradienten verwenden, die keine Regeln brauchen</translation>
    </message>
    <message>
        <source>use lime or kernel-shap</source>
        <translation>lime oder kernel-shap verwenden</translation>
    </message>
    <message>
        <source>use pgd</source>
        <translation>pgd verwenden</translation>
    </message>
    <message>
        <source>use the method crp for a channel's map</source>
        <translation>für die Karte eines Kanals die Methode crp verwenden</translation>
    </message>
    <message>
        <source>were trained against another network ({0})</source>
        <translation>wurden gegen ein anderes Netz trainiert ({0})</translation>
    </message>
    <message>
        <source>with {0} of the foreground {1}, {2} of the output lost by {3} all of it remains</source>
        <translation>mit {0} des Vordergrunds {1} bleiben {2} von dem, was {3} von allem wegnimmt</translation>
    </message>
    <message>
        <source>write begin=PATH:CHANNEL</source>
        <translation>begin=PFAD:KANAL schreiben</translation>
    </message>
    <message>
        <source>write channel=7 or channel=7,12</source>
        <translation>channel=7 oder channel=7,12 schreiben</translation>
    </message>
    <message>
        <source>{0} all of the scan does not lower the output ({1}, {2}): the mask is hardly meaningful</source>
        <translation>{0} des ganzen Scans senkt die Ausgabe nicht ({1}, {2}): die Maske sagt wenig</translation>
    </message>
    <message>
        <source>{0} and no columns {1}</source>
        <translation>{0} und keine Spalten {1}</translation>
    </message>
    <message>
        <source>{0} has one output for the whole scan</source>
        <translation>{0} antwortet einmal für den ganzen Scan</translation>
    </message>
    <message>
        <source>{0} coalitions of 1 part ({1}); each value is shared by its voxels</source>
        <translation>{0} Koalitionen von 1 Teil ({1}); jeder Wert verteilt sich auf seine Voxel</translation>
    </message>
    <message>
        <source>{0} coalitions of {1} parts ({2}); each value is shared by its voxels</source>
        <translation>{0} Koalitionen von {1} Teilen ({2}); jeder Wert verteilt sich auf seine Voxel</translation>
    </message>
    <message>
        <source>{0} does not choose among classes, so there is no decision boundary</source>
        <translation>{0} wählt nicht unter Klassen; daher gibt es keine Entscheidungsgrenze</translation>
    </message>
    <message>
        <source>{0} given</source>
        <translation>{0} angegeben</translation>
    </message>
    <message>
        <source>{0} has no channel {1}</source>
        <translation>{0} hat keinen Kanal {1}</translation>
    </message>
    <message>
        <source>{0} has {1} sizes</source>
        <translation>{0} hat {1} Größen</translation>
    </message>
    <message>
        <source>{0} inputs, more than {1}</source>
        <translation>{0} Eingaben, mehr als {1}</translation>
    </message>
    <message>
        <source>{0} is a transposed convolution, which has no patterns</source>
        <translation>{0} ist eine transponierte Faltung, die keine Muster hat</translation>
    </message>
    <message>
        <source>{0} is given as {1}</source>
        <translation>{0} ist als {1} angegeben</translation>
    </message>
    <message>
        <source>{0} is given by name and in the tensors</source>
        <translation>{0} ist mit Namen und in den Tensoren angegeben</translation>
    </message>
    <message>
        <source>{0} is neither a scan nor a tensor</source>
        <translation>{0} ist weder Scan noch Tensor</translation>
    </message>
    <message>
        <source>{0} is not a channel</source>
        <translation>{0} ist kein Kanal</translation>
    </message>
    <message>
        <source>{0} is not a probability</source>
        <translation>{0} ist keine Wahrscheinlichkeit, die zu übertreffen wäre</translation>
    </message>
    <message>
        <source>{0} is not a scan</source>
        <translation>{0} ist kein Scan</translation>
    </message>
    <message>
        <source>{0} is not a size</source>
        <translation>{0} ist keine Größe</translation>
    </message>
    <message>
        <source>{0} is not in whole voxels</source>
        <translation>{0} ist nicht in ganzen Voxeln</translation>
    </message>
    <message>
        <source>{0} was used to fit the patterns</source>
        <translation>{0} wurde zum Anpassen der Muster verwendet</translation>
    </message>
    <message>
        <source>{0} is out of range</source>
        <translation>{0} liegt außerhalb des Bereichs</translation>
    </message>
    <message>
        <source>{0} names no layer and rule</source>
        <translation>{0} nennt keine Schicht und Regel</translation>
    </message>
    <message>
        <source>{0} on 1 sample of 1 part: R² = {1}</source>
        <translation>{0} an 1 Stichprobe aus 1 Teil: R² = {1}</translation>
    </message>
    <message>
        <source>{0} on 1 sample of {1} parts: R² = {2}</source>
        <translation>{0} an 1 Stichprobe aus {1} Teilen: R² = {2}</translation>
    </message>
    <message>
        <source>{0} on {1} samples of 1 part: R² = {2}</source>
        <translation>{0} an {1} Stichproben aus 1 Teil: R² = {2}</translation>
    </message>
    <message>
        <source>{0} on {1} samples of {2} parts: R² = {3}</source>
        <translation>{0} an {1} Stichproben aus {2} Teilen: R² = {3}</translation>
    </message>
    <message>
        <source>{0} patches for {1} inputs are too few</source>
        <translation>{0} Patches für {1} Eingaben sind zu wenig</translation>
    </message>
    <message>
        <source>{0} steps, {1} of the scan's Euclidean length</source>
        <translation>{0} Schritte, {1} der euklidischen Länge des Scans</translation>
    </message>
    <message>
        <source>{0} takes none</source>
        <translation>{0} nimmt keine</translation>
    </message>
    <message>
        <source>{0} the network's {1} patches</source>
        <translation>{0} der {1} Patches des Netzes</translation>
    </message>
    <message>
        <source>{0} tokens without a place in the image are left out</source>
        <translation>{0} Tokens ohne Ort im Bild sind ausgelassen</translation>
    </message>
    <message>
        <source>{0} windows of {1} voxels</source>
        <translation>{0} Fenster von {1} Voxeln</translation>
    </message>
    <message>
        <source>{0} windows of {1} voxels; {2}</source>
        <translation>{0} Fenster von {1} Voxeln; {2}</translation>
    </message>
    <message>
        <source>{0} {1} occluded one by one; the largest effects: {2}</source>
        <translation>{0} {1} einzeln verdeckt; die größten Wirkungen: {2}</translation>
    </message>
    <message>
        <source>{0}, head {1}</source>
        <translation>{0}, Kopf {1}</translation>
    </message>
    <message>
        <source>{0}, query {1}</source>
        <translation>{0}, Abfrage {1}</translation>
    </message>
    <message>
        <source>{0}.{1} has no default</source>
        <translation>{0}.{1} hat keine Voreinstellung</translation>
    </message>
    <message>
        <source>{0}: a bare tensor has no voxel size in mm</source>
        <translation>{0}: ein bloßer Tensor hat keine Voxelgröße in mm</translation>
    </message>
    <message>
        <source>{0}: {1} for the scan, {2} for g_s, {3} for g_a</source>
        <translation>{0}: {1} für den Scan, {2} für g_s, {3} für g_a</translation>
    </message>
    <message>
        <source>{0}: {1}; their filters are used in place of patterns</source>
        <translation>{0}: {1}; ihre Filter dienen als Muster</translation>
    </message>
    <message>
        <source>{0}: ρ depends on the ridge with which v is fitted: {1} with {2} or {3} of the mean variance, as some inputs hardly vary</source>
        <translation>{0}: ρ hängt vom Ridge-Term der Anpassung von v ab: {1} mit {2} oder {3} der mittleren Varianz, da manche Eingaben kaum variieren</translation>
    </message>
    <message>
        <source>{0}; the decision boundary is not reached</source>
        <translation>{0}; die Entscheidungsgrenze ist nicht erreicht</translation>
    </message>
    <message>
        <source>α − β is {0} in {1}</source>
        <translation>α − β ist {0} in {1}</translation>
    </message>
</context>
</TS>
