<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source>"{}"</source>
        <translation>„{}“</translation>
    </message>
    <message>
        <source>Finger opposition against rest (simulated)</source>
        <translation>Fingeropposition gegen Ruhe (simuliert)</translation>
    </message>
    <message>
        <source>Saccades at eight rates (simulated)</source>
        <translation>Sakkaden mit acht Frequenzen (simuliert)</translation>
    </message>
    <message>
        <source>a standard deviation of shape {0} of {1} values</source>
        <translation>eine Standardabweichung der Form {0} zu Werten der Form {1}</translation>
    </message>
    <message>
        <source>a table of scans</source>
        <translation>eine Tabelle von Scans</translation>
    </message>
    <message>
        <source>the affine must be a finite 4 by 4 matrix</source>
        <translation>eine Affine ist eine endliche 4×4-Matrix</translation>
    </message>
    <message>
        <source>the affine must not be singular</source>
        <translation>eine Affine, die den Raum flach drückt, kann Voxel nicht verorten</translation>
    </message>
    <message>
        <source>choose one in a column 'volume'</source>
        <translation>in einer Spalte „volume“ wählen</translation>
    </message>
    <message>
        <source>components</source>
        <translation>Komponenten</translation>
    </message>
    <message>
        <source>covariates must be numbers</source>
        <translation>Kovariaten müssen Zahlen sein</translation>
    </message>
    <message>
        <source>do the scans overlap?</source>
        <translation>zeigen die Scans denselben Ort?</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>drawing</source>
        <translation>Zeichnen</translation>
    </message>
    <message>
        <source>drawing the box</source>
        <translation>Box wird gezeichnet</translation>
    </message>
    <message>
        <source>drawing the slices</source>
        <translation>Schnitte werden gezeichnet</translation>
    </message>
    <message>
        <source>drawing the {0}</source>
        <translation>Zeichnen: {0}</translation>
    </message>
    <message>
        <source>epoch {0} of {1}</source>
        <translation>Epoche {0} von {1}</translation>
    </message>
    <message>
        <source>give a mask</source>
        <translation>eine Maske angeben</translation>
    </message>
    <message>
        <source>give a mask; do the scans overlap?</source>
        <translation>eine Maske angeben; zeigen die Scans denselben Ort?</translation>
    </message>
    <message>
        <source>give a table in UTF-8, with tabs between its columns</source>
        <translation>eine Tabelle in UTF-8 mit Tabulatoren zwischen den Spalten angeben</translation>
    </message>
    <message>
        <source>give one row per scan</source>
        <translation>einen Scan je Zeile angeben</translation>
    </message>
    <message>
        <source>global scaling needs a positive mean</source>
        <translation>globale Skalierung braucht es über null</translation>
    </message>
    <message>
        <source>has more than {0} rows</source>
        <translation>hat mehr als {0} Zeilen</translation>
    </message>
    <message>
        <source>has {0} MiB of free disk space, but the scans need {1} MiB</source>
        <translation>hat auf der Platte noch {0} MiB, die Scans brauchen {1} MiB</translation>
    </message>
    <message>
        <source>has {0} between its columns in place of {1}</source>
        <translation>hat {0} zwischen den Spalten statt {1}</translation>
    </message>
    <message>
        <source>has {0} bytes, but {1} scans of {2} voxels take {3}</source>
        <translation>hat {0} Bytes, wo {1} Scans von {2} Voxeln {3} brauchen</translation>
    </message>
    <message>
        <source>is empty on the scans' grid</source>
        <translation>ist auf dem Gitter der Scans leer</translation>
    </message>
    <message>
        <source>does it show the same brain?</source>
        <translation>ist es dieses Gehirn?</translation>
    </message>
    <message>
        <source>is not a text file, or not in UTF-8</source>
        <translation>ist keine Textdatei oder nicht in UTF-8</translation>
    </message>
    <message>
        <source>is the only scan of {0}, so subtracting the subject's mean leaves only zeros</source>
        <translation>ist der einzige Scan von {0}; ohne das Mittel der Person bleibt nichts davon</translation>
    </message>
    <message>
        <source>it needs {0}</source>
        <translation>sie braucht {0}</translation>
    </message>
    <message>
        <source>its frame of reference</source>
        <translation>sein Bezugssystem</translation>
    </message>
    <message>
        <source>its mean inside the mask is {0}</source>
        <translation>sein Mittel in der Maske ist {0}</translation>
    </message>
    <message>
        <source>its series</source>
        <translation>seine Serie</translation>
    </message>
    <message>
        <source>its study</source>
        <translation>seine Studie</translation>
    </message>
    <message>
        <source>free some space</source>
        <translation>Platz schaffen</translation>
    </message>
    <message>
        <source>mask, {0}</source>
        <translation>Maske, {0}</translation>
    </message>
    <message>
        <source>mean scan</source>
        <translation>mittlerer Scan</translation>
    </message>
    <message>
        <source>mean, mask and grid do not fit the values</source>
        <translation>Mittel, Maske und Gitter passen nicht zu den Werten</translation>
    </message>
    <message>
        <source>means</source>
        <translation>Mittelwerte</translation>
    </message>
    <message>
        <source>measuring</source>
        <translation>Messung</translation>
    </message>
    <message>
        <source>measuring the bodies</source>
        <translation>Körper werden gemessen</translation>
    </message>
    <message>
        <source>region names may be wrong: the scan was moved to the template by a rigid transform, which does not change the size of the head</source>
        <translation>Namen von Regionen können falsch sein: der Scan wurde starr auf die Vorlage gebracht; das ändert die Größe des Kopfes nicht</translation>
    </message>
    <message>
        <source>region names may be wrong: {0}</source>
        <translation>Namen von Regionen können falsch sein: {0}</translation>
    </message>
    <message>
        <source>no body reaches the threshold, {0}: no segmentation</source>
        <translation>kein Körper erreicht den Schwellenwert, {0}: keine Segmentierung</translation>
    </message>
    <message>
        <source>no picture of the {0}: {1}</source>
        <translation>kein Bild von {0}: {1}</translation>
    </message>
    <message>
        <source>permuting</source>
        <translation>Permutationen</translation>
    </message>
    <message>
        <source>planting lesion {0} of {1}</source>
        <translation>Läsion {0} von {1} wird eingesetzt</translation>
    </message>
    <message>
        <source>prepared</source>
        <translation>vorbereitet</translation>
    </message>
    <message>
        <source>preparing scan {0} of {1}</source>
        <translation>Scan {0} von {1} wird vorbereitet</translation>
    </message>
    <message>
        <source>preparing {0}</source>
        <translation>{0} wird vorbereitet</translation>
    </message>
    <message>
        <source>pruning</source>
        <translation>Beschneiden</translation>
    </message>
    <message>
        <source>re-fits</source>
        <translation>Neuanpassungen</translation>
    </message>
    <message>
        <source>reading {0}</source>
        <translation>{0} wird gelesen</translation>
    </message>
    <message>
        <source>saliency</source>
        <translation>Salienz</translation>
    </message>
    <message>
        <source>save it with tabs as .tsv, or with commas as .csv</source>
        <translation>mit Tabulatoren als .tsv oder mit Kommas als .csv speichern</translation>
    </message>
    <message>
        <source>sensory-motor cortex, left</source>
        <translation>sensomotorischer Kortex, links</translation>
    </message>
    <message>
        <source>sensory-motor cortex, right</source>
        <translation>sensomotorischer Kortex, rechts</translation>
    </message>
    <message>
        <source>simulating brain {0}</source>
        <translation>Gehirn {0} wird simuliert</translation>
    </message>
    <message>
        <source>simulating brain {0} of {1}</source>
        <translation>Gehirn {0} von {1} wird simuliert</translation>
    </message>
    <message>
        <source>simulating person {0} of {1}</source>
        <translation>Person {0} von {1} wird simuliert</translation>
    </message>
    <message>
        <source>simulating {0}</source>
        <translation>{0} wird simuliert</translation>
    </message>
    <message>
        <source>testing</source>
        <translation>Test</translation>
    </message>
    <message>
        <source>the file's header names no person</source>
        <translation>der Header der Datei nennt keine Person</translation>
    </message>
    <message>
        <source>the first line must name {0}</source>
        <translation>die erste Zeile muss {0} nennen</translation>
    </message>
    <message>
        <source>the mask computed from the mean of its scans is empty</source>
        <translation>die aus dem Mittel der Scans berechnete Maske ist leer</translation>
    </message>
    <message>
        <source>the mask was computed from the mean scan: {0} voxels</source>
        <translation>die Maske wurde aus dem mittleren Scan berechnet: {0} Voxel</translation>
    </message>
    <message>
        <source>the scans are simulated from the MNI152 templates; what is found was planted in them</source>
        <translation>die Scans sind aus den MNI152-Vorlagen simuliert; was gefunden wird, wurde eingesetzt</translation>
    </message>
    <message>
        <source>the segmentation has the {0} bodies with the most relevance; raise the threshold</source>
        <translation>die Segmentierung hat die {0} Körper mit der meisten Relevanz; Schwellenwert erhöhen</translation>
    </message>
    <message>
        <source>training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>training {0}/{1}/{2}</source>
        <translation>Training {0}/{1}/{2}</translation>
    </message>
    <message>
        <source>values of shape {0} for {1} voxels</source>
        <translation>Werte der Form {0} für {1} Voxel</translation>
    </message>
    <message>
        <source>the values are not writable; map the file copy-on-write</source>
        <translation>Werte, die nicht geschrieben werden dürfen; eine Kopie der Werte nehmen oder die Datei kopierend abbilden</translation>
    </message>
    <message>
        <source>visual cortex, left</source>
        <translation>visueller Kortex, links</translation>
    </message>
    <message>
        <source>visual cortex, right</source>
        <translation>visueller Kortex, rechts</translation>
    </message>
    <message>
        <source>the effect of {0} was estimated from all scans and removed from every voxel</source>
        <translation>was {0} erklärt, wurde aus allen Scans geschätzt und aus jedem Voxel entfernt</translation>
    </message>
    <message>
        <source>the effect of {0} was estimated from all scans and removed from every voxel; if a subject is left out, from the other subjects' scans only</source>
        <translation>was {0} erklärt, wurde aus allen Scans geschätzt und aus jedem Voxel entfernt; wo eine Person ausgelassen ist, nur aus den Scans der anderen</translation>
    </message>
    <message>
        <source>if a subject is left out, from the other subjects' scans only</source>
        <translation>wo eine Person ausgelassen ist, nur aus den Scans der anderen</translation>
    </message>
    <message>
        <source>without {0}</source>
        <translation>ohne {0}</translation>
    </message>
    <message>
        <source>would be replaced, and belongs to no study</source>
        <translation>würde ersetzt und gehört zu keiner Studie</translation>
    </message>
    <message>
        <source>writing the PDF</source>
        <translation>PDF wird geschrieben</translation>
    </message>
    <message>
        <source>writing the bodies</source>
        <translation>Körper werden geschrieben</translation>
    </message>
    <message>
        <source>writing the map</source>
        <translation>Karte wird geschrieben</translation>
    </message>
    <message>
        <source>{0} (line {1}) is on another grid and was resampled</source>
        <translation>{0} (Zeile {1}) liegt auf einem anderen Gitter und wurde resampelt</translation>
    </message>
    <message>
        <source>{0} does not cover the mask: {1} voxels of the mask are missing</source>
        <translation>{0} endet in der Maske: {1} ihrer Voxel liegen außerhalb</translation>
    </message>
    <message>
        <source>{0} has no volume {1}</source>
        <translation>{0} hat kein Volumen {1}</translation>
    </message>
    <message>
        <source>{0} has voxels inside the mask that are not numbers (NaN): {1}</source>
        <translation>{0} hat in der Maske Voxel, die keine Zahl sind (NaN): {1}</translation>
    </message>
    <message>
        <source>{0} has {1} MB; use fewer maps to make it smaller</source>
        <translation>{0} hat {1} MB; weniger Karten machen sie kleiner</translation>
    </message>
    <message>
        <source>{0} of {1} scans</source>
        <translation>{0} von {1} Scans</translation>
    </message>
    <message>
        <source>{0} of its voxels are zero or outside in at least one scan and were left out</source>
        <translation>{0} Voxel davon sind in mindestens einem Scan null oder außerhalb und wurden weggelassen</translation>
    </message>
    <message>
        <source>{0}, brain {1}</source>
        <translation>{0}, Gehirn {1}</translation>
    </message>
</context>
</TS>
