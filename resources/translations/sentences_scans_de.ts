<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source> (its header says {0})</source>
        <translation> (sein Header nennt {0})</translation>
    </message>
    <message>
        <source>, and so {0} {1} more</source>
        <translation>, ebenso {0} weitere ({1})</translation>
    </message>
    <message>
        <source>, and {0} of its names {1} no voxel</source>
        <translation>, und {0} der Namen ohne Voxel ({1})</translation>
    </message>
    <message>
        <source>, or the brain mask is wrong</source>
        <translation>, oder die Hirnmaske ist falsch</translation>
    </message>
    <message>
        <source>0 fell between two of the file's whole numbers; the nearest ({0}) is read as 0</source>
        <translation>0 fiel zwischen zwei ganze Zahlen der Datei; die nächste ({0}) wird als 0 gelesen</translation>
    </message>
    <message>
        <source>1 channel</source>
        <translation>1 Kanal</translation>
    </message>
    <message>
        <source>1 channel is</source>
        <translation>1 Kanal ist</translation>
    </message>
    <message>
        <source>1 component</source>
        <translation>1 Komponente</translation>
    </message>
    <message>
        <source>1 file</source>
        <translation>1 Datei</translation>
    </message>
    <message>
        <source>1 head</source>
        <translation>1 Kopf</translation>
    </message>
    <message>
        <source>1 region</source>
        <translation>1 Region</translation>
    </message>
    <message>
        <source>1 scan</source>
        <translation>1 Scan</translation>
    </message>
    <message>
        <source>1 slice is missing</source>
        <translation>1 Schicht fehlt</translation>
    </message>
    <message>
        <source>1 subject</source>
        <translation>1 Person</translation>
    </message>
    <message>
        <source>1 volume</source>
        <translation>1 Volumen</translation>
    </message>
    <message>
        <source>1 voxel</source>
        <translation>1 Voxel</translation>
    </message>
    <message>
        <source>1 voxel was</source>
        <translation>1 Voxel war</translation>
    </message>
    <message>
        <source>1 voxel was too small for 32 bits and set to 0</source>
        <translation>1 Voxel war zu klein für 32 Bit und wurde auf 0 gesetzt</translation>
    </message>
    <message>
        <source>1 voxel was {0} and set to {1}</source>
        <translation>1 Voxel war {0} und wurde auf {1} gesetzt</translation>
    </message>
    <message>
        <source>; dcm2niix may convert it to NIfTI</source>
        <translation>; dcm2niix kann sie vielleicht in NIfTI umwandeln</translation>
    </message>
    <message>
        <source>; its header says {0}</source>
        <translation>; sein Header nennt {0}</translation>
    </message>
    <message>
        <source>Analyze files do not say which side is left: the first axis is assumed to point to the left, as in SPM, so left and right may be swapped</source>
        <translation>Analyze-Dateien sagen nicht, welche Seite links ist: die erste Achse gilt wie in SPM als nach links gerichtet; links und rechts können vertauscht sein</translation>
    </message>
    <message>
        <source>Correlation with the template</source>
        <translation>Korrelation mit der Vorlage</translation>
    </message>
    <message>
        <source>Looking up regions</source>
        <translation>Regionen werden gesucht</translation>
    </message>
    <message>
        <source>NIfTI-1 allows {0}</source>
        <translation>NIfTI-1 hat {0}</translation>
    </message>
    <message>
        <source>No scan is open</source>
        <translation>Kein Scan ist geöffnet</translation>
    </message>
    <message>
        <source>Overlap of the brains (Dice)</source>
        <translation>Überlappung der Gehirne (Dice)</translation>
    </message>
    <message>
        <source>Reading {0}</source>
        <translation>{0} wird gelesen</translation>
    </message>
    <message>
        <source>Simulated: the MNI152 template with {0} artificial lesions added, not a patient's scan</source>
        <translation>Simuliert: die MNI152-Vorlage mit {0} eingesetzten künstlichen Läsionen, kein Scan eines Patienten</translation>
    </message>
    <message>
        <source>Simulated: the brain of the MNI152 template with one artificial lesion in an artificial skull and scalp, rotated, shifted and scaled, with a bias field and noise; not a patient's scan</source>
        <translation>Simuliert: das Gehirn der MNI152-Vorlage mit einer künstlichen Läsion in künstlichem Schädel und künstlicher Kopfhaut, gedreht, verschoben und skaliert, mit Bias-Feld und Rauschen; kein Scan eines Patienten</translation>
    </message>
    <message>
        <source>Simulated: the grey matter of an 80-year-old, from the MNI152 templates; not a patient's scan</source>
        <translation>Simuliert: die graue Substanz eines 80-Jährigen, aus den MNI152-Vorlagen; kein Scan eines Patienten</translation>
    </message>
    <message>
        <source>Slices are {0} to {1} mm apart; {2} mm is used</source>
        <translation>Schichten liegen {0} bis {1} mm auseinander; {2} mm wird angenommen</translation>
    </message>
    <message>
        <source>TSV or CSV whose first line names the columns, such as index and name; JSON; the XML of FSL or SPM; or a look-up table of FreeSurfer, FSL, ITK-SNAP, AAL or wb_command</source>
        <translation>TSV oder CSV, deren erste Zeile die Spalten nennt, etwa index und name; JSON; XML von FSL oder SPM; oder eine Tabelle von FreeSurfer, FSL, ITK-SNAP, AAL oder wb_command</translation>
    </message>
    <message>
        <source>The affine is from {0} beside it, written by SPM</source>
        <translation>Die Affine ist die von {0} daneben, geschrieben von SPM</translation>
    </message>
    <message>
        <source>The file holds whole numbers up to {0}; those beyond {1} are rounded to 32-bit floating point</source>
        <translation>Die Datei enthält ganze Zahlen bis {0}; die über {1} werden auf 32-Bit-Gleitkomma gerundet</translation>
    </message>
    <message>
        <source>The file of {0} can no longer be read</source>
        <translation>Die Datei von {0} ist nicht mehr lesbar</translation>
    </message>
    <message>
        <source>The file of {0} no longer exists</source>
        <translation>Die Datei von {0} ist nicht mehr da</translation>
    </message>
    <message>
        <source>The header claims that the voxels begin at byte {0}, within itself; {1} is used</source>
        <translation>Laut Header beginnen die Voxel bei Byte {0}, in ihm selbst; {1} wird angenommen</translation>
    </message>
    <message>
        <source>The header claims {0} voxels; sizes of 0 beyond the third axis are read as 1</source>
        <translation>Der Header behauptet {0} Voxel; jenseits der dritten Achse gilt 1, wo er 0 nennt</translation>
    </message>
    <message>
        <source>The header has no valid qform or sform: the first axis is assumed to point to the left and the centre of the image to be at 0 mm, so left and right may be swapped</source>
        <translation>Der Header sagt nicht, wo die Voxel liegen (weder qform noch sform): die erste Achse gilt als nach links gerichtet, die Mitte des Bildes als 0 mm; links und rechts können vertauscht sein</translation>
    </message>
    <message>
        <source>The header gives no voxel positions; FreeSurfer's default, 1 mm and L I A, is used</source>
        <translation>Der Header sagt nicht, wo die Voxel liegen; FreeSurfers Vorgabe, 1 mm und L I A, wird angenommen</translation>
    </message>
    <message>
        <source>The header gives its lengths in an unknown unit (code {0}); mm are assumed</source>
        <translation>Der Header gibt Längen in einer Einheit an, die es nicht gibt (Code {0}); mm werden angenommen</translation>
    </message>
    <message>
        <source>The header gives its lengths in {0}; they are converted to mm</source>
        <translation>Der Header gibt Längen in {0} an; sie werden in mm umgerechnet</translation>
    </message>
    <message>
        <source>The header gives no intensity scale (slope {0}); the stored numbers are used</source>
        <translation>Der Header gibt keine Skala der Intensitäten an (Steigung {0}); die gespeicherten Zahlen gelten</translation>
    </message>
    <message>
        <source>The header does not give a valid voxel size along every axis; 1 mm is assumed for the others</source>
        <translation>Der Header gibt nicht für jede Achse eine gültige Voxelgröße; wo sie fehlt, gilt 1 mm</translation>
    </message>
    <message>
        <source>The header gives {0}; 1 mm is assumed there</source>
        <translation>Der Header gibt {0} an; dort gilt 1 mm</translation>
    </message>
    <message>
        <source>The header gives {0}; that of the sform is used</source>
        <translation>Der Header gibt {0} an; die der sform gilt</translation>
    </message>
    <message>
        <source>The header says {0}, which would make its voxels larger than a body; mm are assumed</source>
        <translation>Der Header nennt {0}, womit die Voxel größer als jeder Körper wären; mm werden angenommen</translation>
    </message>
    <message>
        <source>The image is MONOCHROME1 (large values are dark); its values are not inverted</source>
        <translation>Das Bild ist so gespeichert, dass große Werte dunkel sind; die Werte werden gelesen, wie sie sind</translation>
    </message>
    <message>
        <source>The intercept of the intensities ({0}) in the header is read as 0</source>
        <translation>Der Achsenabschnitt der Intensitäten ({0}) im Header gilt als 0</translation>
    </message>
    <message>
        <source>The qform ({0}, {1}) and the sform ({2}, {3}) in the header disagree, by {4}° and up to {5} mm; the sform is used</source>
        <translation>qform ({0}, {1}) und sform ({2}, {3}) im Header widersprechen sich, um {4}° und bis zu {5} mm; die sform gilt</translation>
    </message>
    <message>
        <source>The qform in the header is invalid (not a rotation, or not a number) and is ignored</source>
        <translation>Die qform im Header kann Voxel nicht verorten (keine Drehung oder keine Zahl) und wird ignoriert</translation>
    </message>
    <message>
        <source>The sform in the header is invalid (singular or not a number) and is ignored</source>
        <translation>Die sform im Header kann Voxel nicht verorten (singulär oder keine Zahl) und wird ignoriert</translation>
    </message>
    <message>
        <source>The values lie within {0} of {1}, where 32-bit floating point has steps of {2}: their contrast is lost; subtract {3} from the values first</source>
        <translation>Die Werte liegen in {0} um {1}, wo 32-Bit-Gleitkomma Schritte von {2} hat: ihr Kontrast geht verloren; zuerst {3} von den Werten abziehen</translation>
    </message>
    <message>
        <source>The voxel axes are sheared, {0}° from right angles; they are kept as they are</source>
        <translation>Die Voxelachsen sind geschert, um {0}° vom rechten Winkel; sie bleiben, wie sie sind</translation>
    </message>
    <message>
        <source>The voxels are complex numbers; their magnitude is shown</source>
        <translation>Die Voxel sind komplexe Zahlen; gezeigt wird ihr Betrag</translation>
    </message>
    <message>
        <source>The {0} in the header has the code {1}, which names no space; the space is treated as unknown</source>
        <translation>Die {0} im Header hat den Code {1}, der keinen Raum nennt; ihr Raum gilt als unbekannt</translation>
    </message>
    <message>
        <source>The {0} in the header has the invalid code {1} and is ignored</source>
        <translation>Die {0} im Header hat den ungültigen Code {1} und wird ignoriert</translation>
    </message>
    <message>
        <source>Usual in adults: {0} to {1} ml</source>
        <translation>Üblich bei Erwachsenen: {0} bis {1} ml</translation>
    </message>
    <message>
        <source>Usual: {0} to {1} or more; below {2} it has failed</source>
        <translation>Üblich: {0} bis {1} oder mehr; unter {2} ist sie fehlgeschlagen</translation>
    </message>
    <message>
        <source>Usual: {0}; below {1} it has failed</source>
        <translation>Üblich: {0}; unter {1} ist sie fehlgeschlagen</translation>
    </message>
    <message>
        <source>a linear transform</source>
        <translation>eine lineare Transformation</translation>
    </message>
    <message>
        <source>a localizer or a photograph cannot be shown</source>
        <translation>ein Localizer oder Foto lässt sich nicht zeigen</translation>
    </message>
    <message>
        <source>a mask of shape {0} on a grid of shape {1}</source>
        <translation>eine Maske der Form {0} auf einem Gitter der Form {1}</translation>
    </message>
    <message>
        <source>a named pipe</source>
        <translation>eine benannte Pipe</translation>
    </message>
    <message>
        <source>add &lt;type&gt;Label&lt;/type&gt; or &lt;type&gt;Probabilistic&lt;/type&gt; to its header</source>
        <translation>&lt;type&gt;Label&lt;/type&gt; oder &lt;type&gt;Probabilistic&lt;/type&gt; in den Header eintragen</translation>
    </message>
    <message>
        <source>aligning {0}</source>
        <translation>{0} wird ausgerichtet</translation>
    </message>
    <message>
        <source>also scales</source>
        <translation>skaliert auch</translation>
    </message>
    <message>
        <source>an SPM affine</source>
        <translation>eine Affine von SPM</translation>
    </message>
    <message>
        <source>an atlas holds whole numbers from 0 on</source>
        <translation>ein Atlas enthält ganze Zahlen ab 0</translation>
    </message>
    <message>
        <source>an index is a whole number from 0 on</source>
        <translation>ein Index ist eine ganze Zahl ab 0</translation>
    </message>
    <message>
        <source>are both images of the same person?</source>
        <translation>sind beide Bilder von einer Person?</translation>
    </message>
    <message>
        <source>bias field corrected</source>
        <translation>Bias-Feld korrigiert</translation>
    </message>
    <message>
        <source>bias field corrected, brain found, registered to the template, skull removed</source>
        <translation>Bias-Feld korrigiert, Gehirn gefunden, auf die Vorlage registriert, Schädel entfernt</translation>
    </message>
    <message>
        <source>brain found</source>
        <translation>Gehirn gefunden</translation>
    </message>
    <message>
        <source>brain found, registered to the template</source>
        <translation>Gehirn gefunden, auf die Vorlage registriert</translation>
    </message>
    <message>
        <source>brain found, registered to the template, skull removed</source>
        <translation>Gehirn gefunden, auf die Vorlage registriert, Schädel entfernt</translation>
    </message>
    <message>
        <source>brain found, skull removed</source>
        <translation>Gehirn gefunden, Schädel entfernt</translation>
    </message>
    <message>
        <source>brain mask</source>
        <translation>Hirnmaske</translation>
    </message>
    <message>
        <source>brain mask given</source>
        <translation>Hirnmaske angegeben</translation>
    </message>
    <message>
        <source>brain mask given, registered to the template, skull removed</source>
        <translation>Hirnmaske angegeben, auf die Vorlage registriert, Schädel entfernt</translation>
    </message>
    <message>
        <source>brain mask, {0}</source>
        <translation>Hirnmaske, {0}</translation>
    </message>
    <message>
        <source>call them index and name</source>
        <translation>sie index und name nennen</translation>
    </message>
    <message>
        <source>cannot be aligned with {0}: it would be rotated by {1}°</source>
        <translation>lässt sich nicht an {0} ausrichten: es würde um {1}° gedreht</translation>
    </message>
    <message>
        <source>cannot be kept for further maps ({0})</source>
        <translation>lässt sich nicht für weitere Karten aufbewahren ({0})</translation>
    </message>
    <message>
        <source>cannot be created ({0})</source>
        <translation>lässt sich nicht anlegen ({0})</translation>
    </message>
    <message>
        <source>cannot be read ({0})</source>
        <translation>ist nicht lesbar ({0})</translation>
    </message>
    <message>
        <source>cannot be read again ({0}): its temporary file is missing</source>
        <translation>lässt sich nicht noch einmal lesen ({0}): die temporäre Datei ist weg</translation>
    </message>
    <message>
        <source>cannot be read as DICOM ({0})</source>
        <translation>ist nicht als DICOM lesbar ({0})</translation>
    </message>
    <message>
        <source>cannot be read as {0} ({1})</source>
        <translation>ist nicht als {0} lesbar ({1})</translation>
    </message>
    <message>
        <source>cannot be registered to {0}: {1}</source>
        <translation>lässt sich nicht auf {0} registrieren: {1}</translation>
    </message>
    <message>
        <source>cannot be written ({0})</source>
        <translation>lässt sich nicht schreiben ({0})</translation>
    </message>
    <message>
        <source>cannot be written, there is no folder {0}</source>
        <translation>lässt sich nicht schreiben, es gibt keinen Ordner {0}</translation>
    </message>
    <message>
        <source>cannot hold a map of a bare tensor</source>
        <translation>kann die Karte eines bloßen Tensors nicht enthalten</translation>
    </message>
    <message>
        <source>cannot hold {0} voxels along an axis</source>
        <translation>kann keine {0} Voxel entlang einer Achse enthalten</translation>
    </message>
    <message>
        <source>cannot use the package {0}, which {1}: {2}</source>
        <translation>kann das Paket {0} nicht verwenden, das {1}: {2}</translation>
    </message>
    <message>
        <source>check the header</source>
        <translation>den Header prüfen</translation>
    </message>
    <message>
        <source>choose another folder</source>
        <translation>einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>choose another name</source>
        <translation>einen anderen Namen wählen</translation>
    </message>
    <message>
        <source>choose another name for the map</source>
        <translation>einen anderen Namen für die Karte wählen</translation>
    </message>
    <message>
        <source>choose one with volume=N, 0 to {0}</source>
        <translation>eines mit volume=N wählen, 0 bis {0}</translation>
    </message>
    <message>
        <source>claims 1 dimension</source>
        <translation>behauptet 1 Dimension</translation>
    </message>
    <message>
        <source>claims a size of {0} voxels</source>
        <translation>behauptet eine Größe von {0} Voxeln</translation>
    </message>
    <message>
        <source>claims that its voxels begin at byte {0}</source>
        <translation>behauptet, dass die Voxel bei Byte {0} beginnen</translation>
    </message>
    <message>
        <source>claims {0} dimensions</source>
        <translation>behauptet {0} Dimensionen</translation>
    </message>
    <message>
        <source>claims {0} frames</source>
        <translation>behauptet {0} Frames</translation>
    </message>
    <message>
        <source>claims {0} × {1} × {2} pixels; its {3} bytes are too few</source>
        <translation>behauptet {0} × {1} × {2} Pixel; {3} Bytes sind zu wenig</translation>
    </message>
    <message>
        <source>claims {0}, for which its {1} bytes are too few</source>
        <translation>behauptet {0}; dafür sind {1} Bytes zu wenig</translation>
    </message>
    <message>
        <source>cluster {0} lies at {1} {2} mm and is named {3}{4}: the atlas, the transform or the scan's header has the sides swapped, or they do not belong together</source>
        <translation>Cluster {0} liegt bei {1} {2} mm und heißt {3}{4}: Atlas, Transformation oder Header des Scans vertauschen die Seiten oder gehören nicht zusammen</translation>
    </message>
    <message>
        <source>copy all of its files</source>
        <translation>alle zugehörigen Dateien kopieren</translation>
    </message>
    <message>
        <source>copy it again</source>
        <translation>neu kopieren</translation>
    </message>
    <message>
        <source>copy its contents to a file first</source>
        <translation>den Inhalt zuerst in eine Datei kopieren</translation>
    </message>
    <message>
        <source>correcting the bias field</source>
        <translation>Bias-Feld wird korrigiert</translation>
    </message>
    <message>
        <source>crop it or halve its resolution first</source>
        <translation>zuerst zuschneiden oder die Auflösung halbieren</translation>
    </message>
    <message>
        <source>data of shape {0} on a grid of shape {1}</source>
        <translation>Daten der Form {0} auf einem Gitter der Form {1}</translation>
    </message>
    <message>
        <source>dcm2niix may be able to convert it</source>
        <translation>dcm2niix weiß vielleicht mehr darüber</translation>
    </message>
    <message>
        <source>dcm2niix may convert it to NIfTI</source>
        <translation>dcm2niix kann sie vielleicht in NIfTI umwandeln</translation>
    </message>
    <message>
        <source>declares a document type, which region names never need</source>
        <translation>deklariert einen Dokumenttyp, den Namen von Regionen nie brauchen</translation>
    </message>
    <message>
        <source>divide them by a power of ten, or set outliers to 0</source>
        <translation>durch eine Zehnerpotenz teilen oder Ausreißer auf 0 setzen</translation>
    </message>
    <message>
        <source>does not fit into memory</source>
        <translation>passt nicht in den Speicher</translation>
    </message>
    <message>
        <source>does not overlap the template after the registration</source>
        <translation>überlappt die Vorlage nach der Registrierung nicht</translation>
    </message>
    <message>
        <source>does not place its voxels</source>
        <translation>gibt den Ort der Voxel nicht an</translation>
    </message>
    <message>
        <source>does not say how its pixels are encoded ({0})</source>
        <translation>sagt nicht, wie die Pixel gepackt sind ({0})</translation>
    </message>
    <message>
        <source>does not say in &lt;type&gt; whether its index is a voxel's value (Label) or one less (Probabilistic)</source>
        <translation>sagt in &lt;type&gt; nicht, ob der Index der Wert eines Voxels ist (Label) oder um eins kleiner (Probabilistic)</translation>
    </message>
    <message>
        <source>does not give the geometry of its slice</source>
        <translation>sagt nicht, wo die Schicht liegt</translation>
    </message>
    <message>
        <source>ends within its header, after 1 byte</source>
        <translation>endet im Header, nach 1 Byte</translation>
    </message>
    <message>
        <source>ends within its header, after {0} bytes</source>
        <translation>endet im Header, nach {0} Bytes</translation>
    </message>
    <message>
        <source>ends {0} bytes before its last voxel</source>
        <translation>endet {0} Bytes vor dem letzten Voxel</translation>
    </message>
    <message>
        <source>expected 3 or 4; its header is damaged</source>
        <translation>erwartet werden 3 oder 4; der Header ist beschädigt</translation>
    </message>
    <message>
        <source>expected 32 or 64 bits</source>
        <translation>erwartet werden 32 oder 64 Bit</translation>
    </message>
    <message>
        <source>expected 8, 16 or 32 bits</source>
        <translation>erwartet werden 8, 16 oder 32 Bit</translation>
    </message>
    <message>
        <source>expected one type for all of them</source>
        <translation>erwartet wird ein Typ für alle</translation>
    </message>
    <message>
        <source>expected NIfTI, MGH, Analyze, MINC, AFNI, PAR/REC or DICOM</source>
        <translation>erwartet wird NIfTI, MGH, Analyze, MINC, AFNI, PAR/REC oder DICOM</translation>
    </message>
    <message>
        <source>expected a volume of at least two slices</source>
        <translation>erwartet wird ein Volumen, mindestens zwei Schichten</translation>
    </message>
    <message>
        <source>expected a volume of at least two voxels along each of three axes</source>
        <translation>erwartet wird ein Volumen, mindestens zwei Voxel entlang jeder von drei Achsen</translation>
    </message>
    <message>
        <source>expected at most {0} bytes</source>
        <translation>erwartet werden höchstens {0} Bytes</translation>
    </message>
    <message>
        <source>expected numbers</source>
        <translation>erwartet werden Zahlen</translation>
    </message>
    <message>
        <source>expected one number per voxel</source>
        <translation>erwartet wird eine Zahl je Voxel</translation>
    </message>
    <message>
        <source>expected one number per voxel; save it in greyscale</source>
        <translation>erwartet wird eine Zahl je Voxel; in Graustufen speichern</translation>
    </message>
    <message>
        <source>expected version 1</source>
        <translation>erwartet wird Version 1</translation>
    </message>
    <message>
        <source>expected {0}</source>
        <translation>erwartet wird {0}</translation>
    </message>
    <message>
        <source>explain a scan to have coordinates</source>
        <translation>einen Scan erklären, um eine im Raum zu haben</translation>
    </message>
    <message>
        <source>extracting the brain</source>
        <translation>Gehirn wird extrahiert</translation>
    </message>
    <message>
        <source>finding the pose</source>
        <translation>Lage wird gesucht</translation>
    </message>
    <message>
        <source>finds the brain</source>
        <translation>das Gehirn findet</translation>
    </message>
    <message>
        <source>foreground of the stripped scan</source>
        <translation>Vordergrund des Scans ohne Schädel</translation>
    </message>
    <message>
        <source>give an image that is 0 outside the brain; threshold a probability map at 0.5</source>
        <translation>ein Bild angeben, das außerhalb des Gehirns 0 ist; bei Wahrscheinlichkeiten den Teil über 0,5</translation>
    </message>
    <message>
        <source>give it once</source>
        <translation>einmal angeben</translation>
    </message>
    <message>
        <source>give one for each channel</source>
        <translation>für jeden Kanal eines angeben</translation>
    </message>
    <message>
        <source>give one to {0}</source>
        <translation>eine nach {0} angeben</translation>
    </message>
    <message>
        <source>give the 4 by 4 matrix from scan to template</source>
        <translation>die 4×4-Matrix vom Scan zur Vorlage angeben</translation>
    </message>
    <message>
        <source>give the path without ~</source>
        <translation>den Pfad ohne ~ angeben</translation>
    </message>
    <message>
        <source>give what load_scan returns</source>
        <translation>angeben, was load_scan zurückgibt</translation>
    </message>
    <message>
        <source>give {0}</source>
        <translation>{0} angeben</translation>
    </message>
    <message>
        <source>has values in I that do not match its labels one to one</source>
        <translation>gibt in I Werte an, die nicht einzeln zu den Labels gehören</translation>
    </message>
    <message>
        <source>has 1 frame, but positions for {0}</source>
        <translation>hat 1 Frame und sagt von {0}, wo sie liegen</translation>
    </message>
    <message>
        <source>has a bias field that N4 cannot estimate</source>
        <translation>hat ein Bias-Feld, das N4 nicht findet</translation>
    </message>
    <message>
        <source>has a field of view of {0}, which is smaller than a brain</source>
        <translation>hat einen Bildausschnitt von {0}, kleiner als ein Gehirn</translation>
    </message>
    <message>
        <source>has an invalid header ({0})</source>
        <translation>hat einen unsinnigen Header ({0})</translation>
    </message>
    <message>
        <source>has an invalid header ({0}: {1})</source>
        <translation>hat einen unsinnigen Header ({0}: {1})</translation>
    </message>
    <message>
        <source>has an Analyze header but neither NIfTI's signature nor an Analyze extension</source>
        <translation>hat einen Analyze-Header, aber weder die NIfTI-Signatur noch eine Analyze-Endung</translation>
    </message>
    <message>
        <source>has an invalid affine</source>
        <translation>hat eine Affine, die Voxel nicht verorten kann</translation>
    </message>
    <message>
        <source>has an extension that is not supported for maps</source>
        <translation>hat eine Endung, mit der Karten nicht geschrieben werden</translation>
    </message>
    <message>
        <source>has an entry affine that is not a matrix of numbers</source>
        <translation>hat einen Eintrag „affine“, der keine Matrix von Zahlen ist</translation>
    </message>
    <message>
        <source>has image axes that are not orthonormal</source>
        <translation>hat Richtungen, die nicht rechtwinklig sind</translation>
    </message>
    <message>
        <source>has labels of {0} and more, which cannot be told apart</source>
        <translation>hat Labels ab {0}, die sich nicht unterscheiden lassen</translation>
    </message>
    <message>
        <source>has more than {0} lines, too many for region names</source>
        <translation>hat mehr als {0} Zeilen, zu viele für Namen von Regionen</translation>
    </message>
    <message>
        <source>has no positive voxel, so its bias field cannot be estimated</source>
        <translation>hat kein helles Voxel; sein Bias-Feld ist nicht zu finden</translation>
    </message>
    <message>
        <source>has no contrast, so no brain can be found in it</source>
        <translation>hat keinen Kontrast; ein Gehirn ist darin nicht zu finden</translation>
    </message>
    <message>
        <source>has no finite values</source>
        <translation>hat keine endlichen Werte</translation>
    </message>
    <message>
        <source>has no header beside it</source>
        <translation>hat keinen Header daneben</translation>
    </message>
    <message>
        <source>has no image</source>
        <translation>hat kein Bild</translation>
    </message>
    <message>
        <source>has no image for {0}</source>
        <translation>hat kein Bild für {0}</translation>
    </message>
    <message>
        <source>has no image {0}</source>
        <translation>hat kein Bild {0}</translation>
    </message>
    <message>
        <source>has no label in the file of region names</source>
        <translation>hat kein Label, für das Namen angegeben sind</translation>
    </message>
    <message>
        <source>has no region names in a known format</source>
        <translation>hat keine verständlichen Namen von Regionen</translation>
    </message>
    <message>
        <source>has no region names in a known format: line {0} is {1}</source>
        <translation>hat keine verständlichen Namen von Regionen: Zeile {0} ist {1}</translation>
    </message>
    <message>
        <source>has no region names in a known format: no numbers assign the names to values</source>
        <translation>hat keine verständlichen Namen von Regionen: keine Zahl sagt, welcher Wert welchen Namen trägt</translation>
    </message>
    <message>
        <source>has no region names: line {0} is {1} characters long</source>
        <translation>hat keine Namen von Regionen: Zeile {0} ist {1} Zeichen lang</translation>
    </message>
    <message>
        <source>has no values above zero</source>
        <translation>hat keine Werte über null</translation>
    </message>
    <message>
        <source>has no values below zero</source>
        <translation>hat keine Werte unter null</translation>
    </message>
    <message>
        <source>has no volume {0}</source>
        <translation>hat kein Volumen {0}</translation>
    </message>
    <message>
        <source>has no brain voxel within {0}</source>
        <translation>hat kein Voxel des Gehirns in {0}</translation>
    </message>
    <message>
        <source>has no voxel with a finite number (all NaN or infinite)</source>
        <translation>hat kein Voxel mit endlicher Zahl (alle NaN oder unendlich)</translation>
    </message>
    <message>
        <source>has no voxels beside it</source>
        <translation>hat keine Voxel daneben</translation>
    </message>
    <message>
        <source>has an unknown data type (code {0})</source>
        <translation>hat Zahlen eines unbekannten Typs (Code {0})</translation>
    </message>
    <message>
        <source>has pixels that cannot be read ({0})</source>
        <translation>hat Pixel, die nicht lesbar sind ({0})</translation>
    </message>
    <message>
        <source>has several channels itself</source>
        <translation>hat selbst mehrere Kanäle</translation>
    </message>
    <message>
        <source>has slices {0} to {1} mm apart</source>
        <translation>hat Schichten im Abstand von {0} bis {1} mm</translation>
    </message>
    <message>
        <source>has the axes {0}</source>
        <translation>hat die Achsen {0}</translation>
    </message>
    <message>
        <source>has the columns {0}: which of them hold the region numbers and names is unclear</source>
        <translation>hat die Spalten {0}: welche davon die Nummern und Namen der Regionen sind, ist nicht bekannt</translation>
    </message>
    <message>
        <source>has the same value everywhere, {0}: a threshold shows all of it or nothing</source>
        <translation>hat überall denselben Wert, {0}: Eine Schwelle zeigt alles oder nichts</translation>
    </message>
    <message>
        <source>has the {0} {1}</source>
        <translation>hat {0} {1}</translation>
    </message>
    <message>
        <source>has values below 0 in volume {0}</source>
        <translation>hat im Volumen {0} Werte unter 0</translation>
    </message>
    <message>
        <source>has values that are not labels</source>
        <translation>hat Werte, die keine Labels sind</translation>
    </message>
    <message>
        <source>has values up to {0}</source>
        <translation>hat Werte bis {0}</translation>
    </message>
    <message>
        <source>has {0} frames, but positions for {1}</source>
        <translation>hat {0} Frames und sagt von {1}, wo sie liegen</translation>
    </message>
    <message>
        <source>has {0} images ({1})</source>
        <translation>hat {0} Bilder ({1})</translation>
    </message>
    <message>
        <source>has {0} sessions ({1})</source>
        <translation>hat {0} Sitzungen ({1})</translation>
    </message>
    <message>
        <source>has {0} to {1} slices at one position</source>
        <translation>hat {0} bis {1} Schichten an einem Ort</translation>
    </message>
    <message>
        <source>holds a single slice</source>
        <translation>enthält eine einzelne Schicht</translation>
    </message>
    <message>
        <source>holds an invalid affine</source>
        <translation>enthält eine Affine, die Voxel nicht verorten kann</translation>
    </message>
    <message>
        <source>holds a different series than when the scan was read</source>
        <translation>enthält eine andere Serie als beim Lesen des Scans</translation>
    </message>
    <message>
        <source>holds fibre tracts, not a volume</source>
        <translation>enthält Faserbahnen, kein Volumen</translation>
    </message>
    <message>
        <source>holds more than {0} files</source>
        <translation>enthält mehr als {0} Dateien</translation>
    </message>
    <message>
        <source>holds no 4 × 4 matrix of a linear transform</source>
        <translation>enthält keine 4×4-Matrix einer linearen Transformation</translation>
    </message>
    <message>
        <source>holds no JSON object</source>
        <translation>enthält kein JSON-Objekt</translation>
    </message>
    <message>
        <source>holds no SPM affine</source>
        <translation>enthält keine Affine von SPM</translation>
    </message>
    <message>
        <source>has no detectable brain</source>
        <translation>enthält kein Gehirn, das zu finden war</translation>
    </message>
    <message>
        <source>has no detectable head: its brain would have {0} ml</source>
        <translation>enthält keinen Kopf, der zu finden war: sein Gehirn hätte {0} ml</translation>
    </message>
    <message>
        <source>holds floats of {0} bits</source>
        <translation>enthält Gleitkommazahlen von {0} Bit</translation>
    </message>
    <message>
        <source>holds integers of {0} bits</source>
        <translation>enthält Ganzzahlen von {0} Bit</translation>
    </message>
    <message>
        <source>holds pixels of several types</source>
        <translation>enthält Pixel verschiedener Typen</translation>
    </message>
    <message>
        <source>holds slices of different sizes</source>
        <translation>enthält Schichten verschiedener Größe</translation>
    </message>
    <message>
        <source>holds slices of different orientations</source>
        <translation>enthält Schichten verschiedener Richtung</translation>
    </message>
    <message>
        <source>holds voxels of the type {0}</source>
        <translation>enthält Voxel vom Typ {0}</translation>
    </message>
    <message>
        <source>holds {0} pixels, unlike its header</source>
        <translation>enthält {0} Pixel und behauptet andere</translation>
    </message>
    <message>
        <source>holds {0} series: {1}</source>
        <translation>enthält {0} Serien: {1}</translation>
    </message>
    <message>
        <source>holds {0} volumes</source>
        <translation>enthält {0} Volumina</translation>
    </message>
    <message>
        <source>holds {0}, and {1} named ({2})</source>
        <translation>enthält {0}, und {1} genannt ({2})</translation>
    </message>
    <message>
        <source>if these are labels, give the file with their names</source>
        <translation>wenn es Labels sind, die Datei mit ihren Namen angeben</translation>
    </message>
    <message>
        <source>infinite</source>
        <translation>unendlich</translation>
    </message>
    <message>
        <source>install h5py</source>
        <translation>h5py installieren</translation>
    </message>
    <message>
        <source>install nilearn again</source>
        <translation>nilearn neu installieren</translation>
    </message>
    <message>
        <source>is DICOM compressed with gzip</source>
        <translation>ist mit gzip gepacktes DICOM</translation>
    </message>
    <message>
        <source>is DICOM without an image</source>
        <translation>ist DICOM ohne Bild</translation>
    </message>
    <message>
        <source>is DICOM, which requires the package pydicom</source>
        <translation>ist DICOM; das liest das Paket pydicom</translation>
    </message>
    <message>
        <source>is a CIFTI file of surfaces and grey matter, not a volume</source>
        <translation>ist eine CIFTI-Datei mit Oberflächen und grauer Substanz, kein Volumen</translation>
    </message>
    <message>
        <source>is a DICOM image without a size</source>
        <translation>ist ein DICOM-Bild ohne Größe</translation>
    </message>
    <message>
        <source>is a GIFTI surface, not a volume</source>
        <translation>ist eine GIFTI-Oberfläche, kein Volumen</translation>
    </message>
    <message>
        <source>is a Siemens mosaic, with all slices tiled in one image</source>
        <translation>ist ein Siemens-Mosaik mit allen Schichten in einem Bild</translation>
    </message>
    <message>
        <source>is a colour image</source>
        <translation>ist ein Farbbild</translation>
    </message>
    <message>
        <source>is a dataset of {0} {1}</source>
        <translation>ist ein Datensatz von {0} {1}</translation>
    </message>
    <message>
        <source>is a flat image of {0} voxels</source>
        <translation>ist ein flaches Bild von {0} Voxeln</translation>
    </message>
    <message>
        <source>is a folder</source>
        <translation>ist ein Ordner</translation>
    </message>
    <message>
        <source>is a folder without DICOM images</source>
        <translation>ist ein Ordner ohne DICOM-Bilder</translation>
    </message>
    <message>
        <source>is not a valid file name</source>
        <translation>ist kein gültiger Dateiname</translation>
    </message>
    <message>
        <source>is a single image</source>
        <translation>ist ein einzelnes Bild</translation>
    </message>
    <message>
        <source>is a text file, not an image</source>
        <translation>ist eine Textdatei, kein Bild</translation>
    </message>
    <message>
        <source>is a singular transform</source>
        <translation>ist eine Transformation, die den Raum flach drückt</translation>
    </message>
    <message>
        <source>is a transform to {0}</source>
        <translation>ist eine Transformation nach {0}</translation>
    </message>
    <message>
        <source>is a zip archive; unpack it first</source>
        <translation>ist ein ZIP-Archiv; zuerst entpacken</translation>
    </message>
    <message>
        <source>is a {0} file, which requires the package h5py</source>
        <translation>ist eine {0}-Datei; die liest das Paket h5py</translation>
    </message>
    <message>
        <source>is a {0}, not a scan</source>
        <translation>ist {0}, kein Scan</translation>
    </message>
    <message>
        <source>is damaged, its data cannot be decompressed</source>
        <translation>ist beschädigt; die komprimierten Daten lassen sich nicht entpacken</translation>
    </message>
    <message>
        <source>is deflated DICOM</source>
        <translation>ist komprimiertes DICOM (deflate)</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>ist leer</translation>
    </message>
    <message>
        <source>is given the same channel twice ({0})</source>
        <translation>hat zweimal denselben Kanal ({0})</translation>
    </message>
    <message>
        <source>is it a T1-weighted head?</source>
        <translation>ist es ein T1-gewichteter Kopf?</translation>
    </message>
    <message>
        <source>is it a T1-weighted scan of a head?</source>
        <translation>ist es ein T1-gewichteter Scan eines Kopfes?</translation>
    </message>
    <message>
        <source>is it a T1-weighted scan?</source>
        <translation>ist es ein T1-gewichteter Scan?</translation>
    </message>
    <message>
        <source>is it a T1-weighted scan? {0}</source>
        <translation>ist es ein T1-gewichteter Scan? {0}</translation>
    </message>
    <message>
        <source>is it in mm?</source>
        <translation>ist sie in mm?</translation>
    </message>
    <message>
        <source>is it the inverse, or of another scan?</source>
        <translation>ist es die inverse oder die eines anderen Scans?</translation>
    </message>
    <message>
        <source>is not an MGH file (version {0})</source>
        <translation>ist keine MGH-Datei (Version {0})</translation>
    </message>
    <message>
        <source>is not a brain mask: {0} litres of it are not 0, more than any brain</source>
        <translation>ist keine Hirnmaske: {0} Liter davon sind nicht 0, mehr als in jedem Gehirn</translation>
    </message>
    <message>
        <source>is not an image header</source>
        <translation>ist kein Header eines Bildes</translation>
    </message>
    <message>
        <source>is not a table ({0})</source>
        <translation>ist keine Tabelle ({0})</translation>
    </message>
    <message>
        <source>is not a template</source>
        <translation>ist keine Vorlage</translation>
    </message>
    <message>
        <source>is not a text file</source>
        <translation>ist keine Textdatei</translation>
    </message>
    <message>
        <source>has a UTF-16 mark but is not valid UTF-16</source>
        <translation>ist kein UTF-16-Text, obwohl sie so beginnt</translation>
    </message>
    <message>
        <source>is not a transform: neither JSON with affine, ITK's nor FSL's</source>
        <translation>ist keine Transformation: weder JSON mit „affine“ noch die von ITK oder FSL</translation>
    </message>
    <message>
        <source>is not valid JSON</source>
        <translation>ist kein gültiges JSON</translation>
    </message>
    <message>
        <source>is not valid JSON ({0})</source>
        <translation>ist kein gültiges JSON ({0})</translation>
    </message>
    <message>
        <source>is not valid XML ({0})</source>
        <translation>ist kein gültiges XML ({0})</translation>
    </message>
    <message>
        <source>is not a linear transform in three dimensions</source>
        <translation>ist keine lineare Transformation in drei Dimensionen</translation>
    </message>
    <message>
        <source>is not an image of a known format</source>
        <translation>ist kein Bild in einem bekannten Format</translation>
    </message>
    <message>
        <source>is incomplete: {0} between others</source>
        <translation>ist nicht vollständig: {0} zwischen anderen</translation>
    </message>
    <message>
        <source>is one of two files, and {0} is not beside it</source>
        <translation>ist eine von zwei Dateien, und {0} liegt nicht daneben</translation>
    </message>
    <message>
        <source>is compressed as {0}, for which no decoder is installed</source>
        <translation>ist als {0} gepackt; dafür ist kein Decoder installiert</translation>
    </message>
    <message>
        <source>is compressed with xz; decompress it first, with unxz</source>
        <translation>ist mit xz gepackt; zuerst mit unxz entpacken</translation>
    </message>
    <message>
        <source>is compressed with zstd; decompress it first</source>
        <translation>ist mit zstd gepackt; zuerst entpacken</translation>
    </message>
    <message>
        <source>is the scan being prepared</source>
        <translation>ist der Scan, der vorbereitet wird</translation>
    </message>
    <message>
        <source>is the scan that the map explains</source>
        <translation>ist der Scan, den die Karte erklärt</translation>
    </message>
    <message>
        <source>is too large for {0}</source>
        <translation>ist zu groß für {0}</translation>
    </message>
    <message>
        <source>is too small for its bias field to be estimated</source>
        <translation>ist zu klein, um sein Bias-Feld zu finden</translation>
    </message>
    <message>
        <source>is zero everywhere, so it has no regions</source>
        <translation>ist überall null und benennt daher nichts</translation>
    </message>
    <message>
        <source>is zero wherever it is finite</source>
        <translation>ist null, wo sie endlich ist</translation>
    </message>
    <message>
        <source>is {0}</source>
        <translation>ist {0}</translation>
    </message>
    <message>
        <source>is {0}, not a regular file</source>
        <translation>ist {0}, keine gewöhnliche Datei</translation>
    </message>
    <message>
        <source>it has {0}</source>
        <translation>es hat {0}</translation>
    </message>
    <message>
        <source>it holds {0}</source>
        <translation>sie enthält {0}</translation>
    </message>
    <message>
        <source>it is a localizer, or several series</source>
        <translation>es ist ein Localizer, oder es sind mehrere Serien</translation>
    </message>
    <message>
        <source>it is a single image</source>
        <translation>es ist ein einzelnes Bild</translation>
    </message>
    <message>
        <source>it is damaged</source>
        <translation>sie ist beschädigt</translation>
    </message>
    <message>
        <source>it is damaged, or of a kind that nibabel does not read</source>
        <translation>sie ist beschädigt oder von einer Art, die nibabel nicht liest</translation>
    </message>
    <message>
        <source>it is damaged; copy it again</source>
        <translation>sie ist beschädigt; neu kopieren</translation>
    </message>
    <message>
        <source>it is truncated</source>
        <translation>sie ist abgeschnitten</translation>
    </message>
    <message>
        <source>it is truncated or its header is wrong</source>
        <translation>sie ist abgeschnitten, oder der Header ist falsch</translation>
    </message>
    <message>
        <source>it is truncated or its header is wrong; copy it again</source>
        <translation>sie ist abgeschnitten, oder der Header ist falsch; neu kopieren</translation>
    </message>
    <message>
        <source>it is truncated; copy it again</source>
        <translation>sie ist abgeschnitten; neu kopieren</translation>
    </message>
    <message>
        <source>it must be a finite number</source>
        <translation>es muss eine endliche Zahl sein</translation>
    </message>
    <message>
        <source>it was moved to {0} by a transform ({1})</source>
        <translation>er wurde mit einer Transformation ({1}) nach {0} gebracht</translation>
    </message>
    <message>
        <source>its bias field was corrected by N4</source>
        <translation>sein Bias-Feld wurde mit N4 korrigiert</translation>
    </message>
    <message>
        <source>its header is damaged</source>
        <translation>der Header ist beschädigt</translation>
    </message>
    <message>
        <source>its headers are damaged</source>
        <translation>die Header sind beschädigt</translation>
    </message>
    <message>
        <source>its labels are not a list of names</source>
        <translation>die Labels sind keine Liste von Namen</translation>
    </message>
    <message>
        <source>its optimiser failed</source>
        <translation>die Optimierung schlug fehl</translation>
    </message>
    <message>
        <source>its skull was removed</source>
        <translation>sein Schädel wurde entfernt</translation>
    </message>
    <message>
        <source>its values reach {0} at most, and 32-bit floating point begins at {1}</source>
        <translation>die Werte reichen nur bis {0}, und 32-Bit-Gleitkomma beginnt bei {1}</translation>
    </message>
    <message>
        <source>its values reach {0}, and 32-bit floating point ends at {1} ({2} beyond)</source>
        <translation>die Werte reichen bis {0}, und 32-Bit-Gleitkomma endet bei {1} ({2} darüber)</translation>
    </message>
    <message>
        <source>has no DICOM series to refer to</source>
        <translation>fehlt eine DICOM-Serie als Bezug</translation>
    </message>
    <message>
        <source>lacks the entry affine</source>
        <translation>fehlt der Eintrag „affine“</translation>
    </message>
    <message>
        <source>lacks the package {0}, which {1}</source>
        <translation>fehlt das Paket {0}, das {1}</translation>
    </message>
    <message>
        <source>is on another grid than {0}</source>
        <translation>liegt auf einem anderen Gitter als {0}</translation>
    </message>
    <message>
        <source>looking for the brain</source>
        <translation>Gehirn wird gesucht</translation>
    </message>
    <message>
        <source>looks like a scan, not an atlas: only {0} of neighbouring voxels are equal</source>
        <translation>sieht wie ein Scan aus, nicht wie ein Atlas: nur {0} der benachbarten Voxel sind gleich</translation>
    </message>
    <message>
        <source>free some space in the folder for temporary files</source>
        <translation>im Ordner für temporäre Dateien Platz schaffen</translation>
    </message>
    <message>
        <source>cannot be read: no permission</source>
        <translation>darf von Ihnen nicht gelesen werden</translation>
    </message>
    <message>
        <source>measuring the fit</source>
        <translation>Übereinstimmung wird gemessen</translation>
    </message>
    <message>
        <source>moved to the template by a given transform</source>
        <translation>mit einer angegebenen Transformation auf die Vorlage gebracht</translation>
    </message>
    <message>
        <source>multiply them by a power of ten</source>
        <translation>mit einer Zehnerpotenz multiplizieren</translation>
    </message>
    <message>
        <source>name a file</source>
        <translation>eine Datei nennen</translation>
    </message>
    <message>
        <source>name a file of the wanted series</source>
        <translation>eine Datei der gewünschten Serie nennen</translation>
    </message>
    <message>
        <source>name a file, or a folder of DICOM</source>
        <translation>eine Datei nennen oder einen Ordner mit DICOM</translation>
    </message>
    <message>
        <source>name a folder with only one series</source>
        <translation>einen Ordner mit nur einer Serie nennen</translation>
    </message>
    <message>
        <source>name one channel for each volume</source>
        <translation>für jedes Volumen einen Kanal nennen</translation>
    </message>
    <message>
        <source>name one file of the wanted series</source>
        <translation>eine Datei der gewünschten nennen</translation>
    </message>
    <message>
        <source>name one of the files, or the network that uses them (channels= in Python)</source>
        <translation>eine der Dateien nennen oder das Netz, das sie nimmt (channels= in Python)</translation>
    </message>
    <message>
        <source>name the file</source>
        <translation>die Datei nennen</translation>
    </message>
    <message>
        <source>name the file, as {0}=FILE</source>
        <translation>die Datei nennen, als {0}=DATEI</translation>
    </message>
    <message>
        <source>name the folder of one of them</source>
        <translation>den Ordner von einem davon nennen</translation>
    </message>
    <message>
        <source>name the folder of one series</source>
        <translation>den Ordner einer Serie nennen</translation>
    </message>
    <message>
        <source>name the folder of one, such as {0}</source>
        <translation>den Ordner von einem nennen, etwa {0}</translation>
    </message>
    <message>
        <source>region names</source>
        <translation>Namen von Regionen</translation>
    </message>
    <message>
        <source>names the folder of a user who does not exist</source>
        <translation>nennt den Ordner eines Nutzers, den es nicht gibt</translation>
    </message>
    <message>
        <source>needs {0} GB of memory, and this machine has {1} GB</source>
        <translation>braucht {0} GB Speicher, und dieser Rechner hat {1} GB</translation>
    </message>
    <message>
        <source>negative and infinite</source>
        <translation>negativ unendlich</translation>
    </message>
    <message>
        <source>nests its elements too deeply for region names</source>
        <translation>verschachtelt die Elemente zu tief für Namen von Regionen</translation>
    </message>
    <message>
        <source>nibabel notes: {0}</source>
        <translation>nibabel bemerkt: {0}</translation>
    </message>
    <message>
        <source>nilearn's copy of the template is missing</source>
        <translation>die Kopie der Vorlage in nilearn fehlt</translation>
    </message>
    <message>
        <source>no file</source>
        <translation>keine Datei</translation>
    </message>
    <message>
        <source>no head resembling the template was found: the best fit of a pose is only {0}</source>
        <translation>kein Kopf gefunden, der der Vorlage ähnelt: die beste Lage passt nur zu {0}</translation>
    </message>
    <message>
        <source>no valid voxel size along the {0} axis ({1})</source>
        <translation>keine gültige Voxelgröße entlang der Achse {0} ({1})</translation>
    </message>
    <message>
        <source>not a number (NaN)</source>
        <translation>keine Zahl (NaN)</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>a single one is needed; save it separately</source>
        <translation>gebraucht wird eines; als eigene Datei speichern</translation>
    </message>
    <message>
        <source>one volume, number 0</source>
        <translation>ein Volumen, Nummer 0</translation>
    </message>
    <message>
        <source>only evenly spaced slices are supported; dcm2niix can resample it</source>
        <translation>nur gleiche Abstände lassen sich zeigen; dcm2niix kann resampeln</translation>
    </message>
    <message>
        <source>only {0}</source>
        <translation>nur {0}</translation>
    </message>
    <message>
        <source>open the scan again</source>
        <translation>den Scan neu öffnen</translation>
    </message>
    <message>
        <source>order {0} is neither 0 (nearest) nor 1 (linear)</source>
        <translation>Ordnung {0} ist weder 0 (nächster) noch 1 (linear)</translation>
    </message>
    <message>
        <source>pip install "saliency-viewer[prepare]"</source>
        <translation>pip install "saliency-viewer[prepare]"</translation>
    </message>
    <message>
        <source>pip install pylibjpeg[all], or convert it to NIfTI with dcm2niix</source>
        <translation>pip install pylibjpeg[all] ausführen oder mit dcm2niix in NIfTI umwandeln</translation>
    </message>
    <message>
        <source>pip install saliency-viewer[dicom], or convert it to NIfTI with dcm2niix</source>
        <translation>pip install saliency-viewer[dicom] ausführen oder mit dcm2niix in NIfTI umwandeln</translation>
    </message>
    <message>
        <source>prepared scan</source>
        <translation>vorbereiteter Scan</translation>
    </message>
    <message>
        <source>probabilities are 0 to 1, or 0 to 100</source>
        <translation>Wahrscheinlichkeiten gehen von 0 bis 1 oder von 0 bis 100</translation>
    </message>
    <message>
        <source>probabilities begin at 0</source>
        <translation>Wahrscheinlichkeiten beginnen bei 0</translation>
    </message>
    <message>
        <source>pydicom notes: {0}</source>
        <translation>pydicom bemerkt: {0}</translation>
    </message>
    <message>
        <source>region {0}</source>
        <translation>Region {0}</translation>
    </message>
    <message>
        <source>registered to the template</source>
        <translation>auf die Vorlage registriert</translation>
    </message>
    <message>
        <source>registered to the template, skull removed</source>
        <translation>auf die Vorlage registriert, Schädel entfernt</translation>
    </message>
    <message>
        <source>registering at {0} mm</source>
        <translation>Registrierung bei {0} mm</translation>
    </message>
    <message>
        <source>registers scans</source>
        <translation>Scans registriert</translation>
    </message>
    <message>
        <source>registration failed: the correlation with the template is {0}, where {1} or more is expected</source>
        <translation>Registrierung fehlgeschlagen: die Korrelation mit der Vorlage ist {0} und sonst {1} oder mehr</translation>
    </message>
    <message>
        <source>registration failed: the correlation with the template is {0}, where {1} or more is expected; is it a T1-weighted head?</source>
        <translation>Registrierung fehlgeschlagen: die Korrelation mit der Vorlage ist {0} und sonst {1} oder mehr; ist es ein T1-gewichteter Kopf?</translation>
    </message>
    <message>
        <source>reinstall it: pip install --force-reinstall {0}</source>
        <translation>neu installieren: pip install --force-reinstall {0}</translation>
    </message>
    <message>
        <source>remove it</source>
        <translation>entfernen</translation>
    </message>
    <message>
        <source>rename the channel</source>
        <translation>den Kanal umbenennen</translation>
    </message>
    <message>
        <source>rename the channels</source>
        <translation>die Kanäle umbenennen</translation>
    </message>
    <message>
        <source>repair or remove it</source>
        <translation>reparieren oder entfernen</translation>
    </message>
    <message>
        <source>saliency map, {0}</source>
        <translation>Salienzkarte, {0}</translation>
    </message>
    <message>
        <source>save it as NIfTI (.nii.gz) with 3D Slicer, ITK-SNAP or SimpleITK</source>
        <translation>mit 3D Slicer, ITK-SNAP oder SimpleITK als NIfTI (.nii.gz) speichern</translation>
    </message>
    <message>
        <source>save it as UTF-8</source>
        <translation>als UTF-8 speichern</translation>
    </message>
    <message>
        <source>scales unevenly</source>
        <translation>skaliert ungleichmäßig</translation>
    </message>
    <message>
        <source>series {0}</source>
        <translation>Serie {0}</translation>
    </message>
    <message>
        <source>alignment needs several images of a person</source>
        <translation>mehrere einer Person werden am ersten ausgerichtet</translation>
    </message>
    <message>
        <source>shows only a part of the brain: {0} of its surface lies at the edge of the scan</source>
        <translation>zeigt nur einen Teil des Gehirns: {0} seiner Oberfläche liegen am Rand des Scans</translation>
    </message>
    <message>
        <source>skull removed</source>
        <translation>Schädel entfernt</translation>
    </message>
    <message>
        <source>slice orientation</source>
        <translation>Orientierung der Schichten</translation>
    </message>
    <message>
        <source>slices are missing, or several series are mixed; copy it again</source>
        <translation>Schichten fehlen, oder Serien sind gemischt; neu kopieren</translation>
    </message>
    <message>
        <source>start again</source>
        <translation>neu anfangen</translation>
    </message>
    <message>
        <source>scales by {0} to {1}, implausible between two heads</source>
        <translation>streckt um {0} bis {1} wie keine Transformation zwischen Köpfen</translation>
    </message>
    <message>
        <source>it cannot be registered; use a scan of the whole head</source>
        <translation>ein solcher Teil lässt sich nicht registrieren; einen Scan des ganzen Kopfes nehmen</translation>
    </message>
    <message>
        <source>use .nii.gz or .nii</source>
        <translation>.nii.gz oder .nii nehmen</translation>
    </message>
    <message>
        <source>taken from {0}: {1}</source>
        <translation>aus {0} übernommen: {1}</translation>
    </message>
    <message>
        <source>the atlas {0} is in a template's space, and {1} is not known to be{2}: region names may be wrong</source>
        <translation>der Atlas {0} liegt im Raum einer Vorlage, von {1} ist das nicht bekannt{2}: Namen von Regionen können falsch sein</translation>
    </message>
    <message>
        <source>the atlas {0} is in {1} space, and {2} is not known to be{3}: region names may be wrong</source>
        <translation>der Atlas {0} liegt im {1}-Raum, von {2} ist das nicht bekannt{3}: Namen von Regionen können falsch sein</translation>
    </message>
    <message>
        <source>the brain is cut off: {0} of its surface lies at the edge of the scan</source>
        <translation>das Gehirn ist abgeschnitten: {0} seiner Oberfläche liegen am Rand des Scans</translation>
    </message>
    <message>
        <source>the file ends within its compressed data</source>
        <translation>die Datei endet in den gepackten Daten</translation>
    </message>
    <message>
        <source>the head is rotated by {0}° relative to the file's header: the header may be wrong, and left and right cannot be told from the image</source>
        <translation>der Kopf ist gegenüber dem Header der Datei um {0}° gedreht: der Header ist vielleicht falsch, und links und rechts sind am Bild nicht zu erkennen</translation>
    </message>
    <message>
        <source>the head is rotated by {0}° relative to the file's header: the header may be wrong, and left and right cannot be told from the image; check the header</source>
        <translation>der Kopf ist gegenüber dem Header der Datei um {0}° gedreht: der Header ist vielleicht falsch, und links und rechts sind am Bild nicht zu erkennen; den Header prüfen</translation>
    </message>
    <message>
        <source>the head was rotated by {0}° to find the brain</source>
        <translation>der Kopf wurde um {0}° gedreht, um das Gehirn zu finden</translation>
    </message>
    <message>
        <source>the image</source>
        <translation>das Bild</translation>
    </message>
    <message>
        <source>the largest value, {0}</source>
        <translation>den größten Wert, {0}</translation>
    </message>
    <message>
        <source>the map has no finite values</source>
        <translation>die Karte hat keine endlichen Werte</translation>
    </message>
    <message>
        <source>the map has no values above zero</source>
        <translation>die Karte hat keine Werte über null</translation>
    </message>
    <message>
        <source>the map has no values below zero</source>
        <translation>die Karte hat keine Werte unter null</translation>
    </message>
    <message>
        <source>the map has the same value everywhere, {0}: a threshold shows all of it or nothing</source>
        <translation>die Karte hat überall denselben Wert, {0}: Eine Schwelle zeigt alles oder nichts</translation>
    </message>
    <message>
        <source>the map is zero everywhere</source>
        <translation>die Karte ist überall null</translation>
    </message>
    <message>
        <source>the map is zero wherever it is finite</source>
        <translation>die Karte ist null, wo sie endlich ist</translation>
    </message>
    <message>
        <source>the model's output</source>
        <translation>die Ausgabe des Modells</translation>
    </message>
    <message>
        <source>the native scan is on another grid than the original</source>
        <translation>der native Scan liegt auf einem anderen Gitter als das Original</translation>
    </message>
    <message>
        <source>the scan was prepared: {0}</source>
        <translation>der Scan wurde vorbereitet: {0}</translation>
    </message>
    <message>
        <source>the skull had been removed from the scan before</source>
        <translation>der Schädel wurde schon zuvor entfernt</translation>
    </message>
    <message>
        <source>the smallest value, {0}</source>
        <translation>den kleinsten Wert, {0}</translation>
    </message>
    <message>
        <source>the template</source>
        <translation>die Vorlage</translation>
    </message>
    <message>
        <source>the template is {0}</source>
        <translation>die Vorlage ist {0}</translation>
    </message>
    <message>
        <source>the transform scales by {0} to {1}, implausible for a head</source>
        <translation>die Transformation skaliert um {0} bis {1} wie bei keinem Kopf</translation>
    </message>
    <message>
        <source>the transform scales by {0} to {1}, implausible for a head; is it the inverse, or of another scan?</source>
        <translation>die Transformation skaliert um {0} bis {1} wie bei keinem Kopf; ist es die inverse oder die eines anderen Scans?</translation>
    </message>
    <message>
        <source>the transform swaps left and right</source>
        <translation>die Transformation vertauscht links und rechts</translation>
    </message>
    <message>
        <source>the transform {0} ({1}), but the network needs {2}</source>
        <translation>die Transformation {0} ({1}), und das Netz braucht {2}</translation>
    </message>
    <message>
        <source>the transform {0} was found for another scan{1}</source>
        <translation>die Transformation {0} wurde für einen anderen Scan gefunden{1}</translation>
    </message>
    <message>
        <source>the {0} is given twice, as {1} and {2}</source>
        <translation>{0} ist zweimal angegeben, als {1} und als {2}</translation>
    </message>
    <message>
        <source>the {0} value, {1}</source>
        <translation>den Wert {0}, {1}</translation>
    </message>
    <message>
        <source>there is no such file</source>
        <translation>es gibt keine solche Datei</translation>
    </message>
    <message>
        <source>convert it to NIfTI with dcm2niix</source>
        <translation>mit dcm2niix in NIfTI umwandeln</translation>
    </message>
    <message>
        <source>decompress it with dcmconv or dcm2niix</source>
        <translation>mit dcmconv oder dcm2niix entpacken</translation>
    </message>
    <message>
        <source>decompress it with gunzip</source>
        <translation>mit gunzip entpacken</translation>
    </message>
    <message>
        <source>volumes 0 to {0}</source>
        <translation>Volumina 0 bis {0}</translation>
    </message>
    <message>
        <source>was not written by an earlier preparation, and would be replaced</source>
        <translation>stammt nicht von einer früheren Vorbereitung und würde ersetzt</translation>
    </message>
    <message>
        <source>was not written with a map, and would be replaced</source>
        <translation>wurde nicht mit einer Karte geschrieben und würde ersetzt</translation>
    </message>
    <message>
        <source>was not written with this map, and would be replaced</source>
        <translation>wurde nicht mit dieser Karte geschrieben und würde ersetzt</translation>
    </message>
    <message>
        <source>would hold a channel's map and a standard deviation</source>
        <translation>enthielte die Karte eines Kanals und eine Standardabweichung</translation>
    </message>
    <message>
        <source>would hold the maps of {0} and of {1}</source>
        <translation>enthielte die Karten von {0} und von {1}</translation>
    </message>
    <message>
        <source>would share {0} with {1}, which is beside it</source>
        <translation>würde {0} mit {1} daneben teilen</translation>
    </message>
    <message>
        <source>{0} DICOM files beside it cannot be read and were ignored: {1}</source>
        <translation>{0} DICOM-Dateien daneben sind nicht lesbar und wurden ignoriert: {1}</translation>
    </message>
    <message>
        <source>{0} and was ignored</source>
        <translation>{0} und wurde ignoriert</translation>
    </message>
    <message>
        <source>{0} beside it does not say how the map was computed</source>
        <translation>{0} daneben sagt nicht, wie die Karte berechnet wurde</translation>
    </message>
    <message>
        <source>{0} beside it has invalid entries, which are ignored: {1}</source>
        <translation>{0} daneben hat ungültige Einträge, die ignoriert werden: {1}</translation>
    </message>
    <message>
        <source>{0} beside it belongs to another map and was ignored</source>
        <translation>{0} daneben gehört zu einer anderen Karte und wurde weggelassen</translation>
    </message>
    <message>
        <source>{0} beside it is on another grid and was ignored</source>
        <translation>{0} daneben liegt auf einem anderen Gitter und wurde weggelassen</translation>
    </message>
    <message>
        <source>{0} beside it {1} and was ignored</source>
        <translation>{0} daneben {1} und wurde ignoriert</translation>
    </message>
    <message>
        <source>{0} beside it {1} and was left out</source>
        <translation>{0} daneben {1} und wurde weggelassen</translation>
    </message>
    <message>
        <source>{0} beside it {1}, and was ignored</source>
        <translation>{0} daneben {1} und wurde ignoriert</translation>
    </message>
    <message>
        <source>{0} channels</source>
        <translation>{0} Kanäle</translation>
    </message>
    <message>
        <source>{0} channels are</source>
        <translation>{0} Kanäle sind</translation>
    </message>
    <message>
        <source>{0} comes with the program, not from DICOM</source>
        <translation>{0} gehört zum Programm und stammt nicht aus DICOM</translation>
    </message>
    <message>
        <source>{0} components</source>
        <translation>{0} Komponenten</translation>
    </message>
    <message>
        <source>{0} files</source>
        <translation>{0} Dateien</translation>
    </message>
    <message>
        <source>{0} files are duplicates and were ignored ({1})</source>
        <translation>{0} Dateien sind Duplikate und wurden ignoriert ({1})</translation>
    </message>
    <message>
        <source>{0} has no known &lt;type&gt;; its indices are taken as voxel values (Label)</source>
        <translation>{0} hat kein bekanntes &lt;type&gt;; die Indizes gelten als Werte von Voxeln (Label)</translation>
    </message>
    <message>
        <source>{0} heads</source>
        <translation>{0} Köpfe</translation>
    </message>
    <message>
        <source>{0} holds the same image as {1}</source>
        <translation>{0} enthält dasselbe Bild wie {1}</translation>
    </message>
    <message>
        <source>{0} images could be {1}</source>
        <translation>{0} Bilder könnten {1} sein</translation>
    </message>
    <message>
        <source>{0} is {1}, which is not a number</source>
        <translation>{0} ist {1}, das ist keine Zahl</translation>
    </message>
    <message>
        <source>{0} is not UTF-8; it is read as Latin-1 (Windows-1252)</source>
        <translation>{0} ist kein UTF-8; die Zeichen werden als Latin-1 (Windows-1252) gelesen</translation>
    </message>
    <message>
        <source>{0} is on another grid than {1} and is mapped to it by its affine</source>
        <translation>{0} liegt auf einem anderen Gitter als {1} und wird durch seine Affine darauf gebracht</translation>
    </message>
    <message>
        <source>{0} is already aligned with {1} and was not moved</source>
        <translation>{0} liegt schon wie {1} und wurde nicht bewegt</translation>
    </message>
    <message>
        <source>{0} names the number {1} twice; the first name is used</source>
        <translation>{0} nennt die Nummer {1} zweimal; der erste Name gilt</translation>
    </message>
    <message>
        <source>{0} of the atlas {1} lies within {2}: its region names may be wrong</source>
        <translation>{0} des Atlas {1} liegt in {2}: seine Namen von Regionen können falsch sein</translation>
    </message>
    <message>
        <source>{0} of the brain lies outside the scan's field of view</source>
        <translation>{0} des Gehirns liegen außerhalb des Bildausschnitts</translation>
    </message>
    <message>
        <source>{0} of {1} {2} {3} no name in {4}: {5}{6}</source>
        <translation>{0} von {1} {2} ohne Namen ({3}) in {4}: {5}{6}</translation>
    </message>
    <message>
        <source>{0} once smoothed</source>
        <translation>{0} nach der Glättung</translation>
    </message>
    <message>
        <source>{0} regions</source>
        <translation>{0} Regionen</translation>
    </message>
    <message>
        <source>{0} slices are missing</source>
        <translation>{0} Schichten fehlen</translation>
    </message>
    <message>
        <source>{0} subjects</source>
        <translation>{0} Personen</translation>
    </message>
    <message>
        <source>{0} too small for 32 bits and set to 0</source>
        <translation>{0} zu klein für 32 Bit und auf 0 gesetzt</translation>
    </message>
    <message>
        <source>{0} values</source>
        <translation>{0} Werte</translation>
    </message>
    <message>
        <source>{0} volumes</source>
        <translation>{0} Volumina</translation>
    </message>
    <message>
        <source>{0} voxels</source>
        <translation>{0} Voxel</translation>
    </message>
    <message>
        <source>{0} voxels of {1} bytes</source>
        <translation>{0} Voxel von {1} Bytes</translation>
    </message>
    <message>
        <source>{0} voxels of {1} {2}</source>
        <translation>{0} Voxel von {1} {2}</translation>
    </message>
    <message>
        <source>{0} voxels were</source>
        <translation>{0} Voxel waren</translation>
    </message>
    <message>
        <source>{0} voxels were too small for 32 bits and set to 0</source>
        <translation>{0} Voxel waren zu klein für 32 Bit und wurden auf 0 gesetzt</translation>
    </message>
    <message>
        <source>{0} voxels were {1} and set to {2}</source>
        <translation>{0} Voxel waren {1} und wurden auf {2} gesetzt</translation>
    </message>
    <message>
        <source>{0} was aligned with {1}: rotated by {2}°, shifted by {3} mm</source>
        <translation>{0} wurde an {1} ausgerichtet: um {2}° gedreht, um {3} mm verschoben</translation>
    </message>
    <message>
        <source>{0} was not read from a file</source>
        <translation>{0} wurde nicht aus einer Datei gelesen</translation>
    </message>
    <message>
        <source>{0} was read from {1}, not from DICOM</source>
        <translation>{0} wurde aus {1} gelesen, nicht aus DICOM</translation>
    </message>
    <message>
        <source>{0} {1} and set to {2}</source>
        <translation>{0} {1} und wurden auf {2} gesetzt</translation>
    </message>
    <message>
        <source>{0}, where {1} or more is usual</source>
        <translation>{0}, und zu {1}, wo es gelingt</translation>
    </message>
    <message>
        <source>{0}, and {1} of its names {2} no voxel</source>
        <translation>{0}, und {1} der Namen ohne Voxel ({2})</translation>
    </message>
    <message>
        <source>{0}, line {1}</source>
        <translation>{0}, Zeile {1}</translation>
    </message>
    <message>
        <source>{0}, or the brain mask is wrong</source>
        <translation>{0}, oder die Hirnmaske ist falsch</translation>
    </message>
    <message>
        <source>{0}: the Dice of the brain and the template's is {1}, where {2} or more is expected</source>
        <translation>{0}: der Dice des Gehirns mit dem der Vorlage ist {1} und sonst {2} oder mehr</translation>
    </message>
    <message>
        <source>“{0}” (1 file, such as {1})</source>
        <translation>„{0}“ (1 Datei, etwa {1})</translation>
    </message>
    <message>
        <source>“{0}” ({1} files, such as {2})</source>
        <translation>„{0}“ ({1} Dateien, etwa {2})</translation>
    </message>
</context>
</TS>
