<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source>({0} of its voxels are empty planes at an end)</source>
        <translation>({0} der Voxel sind leere Schichten an einem Ende)</translation>
    </message>
    <message>
        <source>({0}): register it first</source>
        <translation>({0}): zuerst registrieren</translation>
    </message>
    <message>
        <source>--align, or Align images in the window, registers them</source>
        <translation>„Bilder ausrichten“ (oder --align) registriert sie</translation>
    </message>
    <message>
        <source>1 plane</source>
        <translation>1 Schicht</translation>
    </message>
    <message>
        <source>1 plane of the scan between non-empty planes is empty</source>
        <translation>1 Schicht des Scans zwischen anderen ist leer</translation>
    </message>
    <message>
        <source>1 plane of {0} between non-empty planes is empty</source>
        <translation>1 Schicht von {0} zwischen anderen ist leer</translation>
    </message>
    <message>
        <source>: the registration did not align it</source>
        <translation>: die Registrierung hat ihn nicht dorthin gebracht</translation>
    </message>
    <message>
        <source>Dice {0}</source>
        <translation>Dice {0}</translation>
    </message>
    <message>
        <source>a guess: the card has no training statistics</source>
        <translation>geschätzt: die Karte hat keine Trainingsstatistik</translation>
    </message>
    <message>
        <source>a head like the template's</source>
        <translation>ein Kopf wie der der Vorlage</translation>
    </message>
    <message>
        <source>a range of at most {0}</source>
        <translation>eine Spanne von höchstens {0}</translation>
    </message>
    <message>
        <source>a registration to the template hardly moves the head</source>
        <translation>eine Registrierung auf die Vorlage findet kaum etwas zu verschieben</translation>
    </message>
    <message>
        <source>a simulated scan</source>
        <translation>ein simulierter Scan</translation>
    </message>
    <message>
        <source>a template's space</source>
        <translation>den Raum einer Vorlage</translation>
    </message>
    <message>
        <source>a {0} image cannot be compared with the T1 template</source>
        <translation>ein {0}-Bild lässt sich nicht mit der T1-Vorlage vergleichen</translation>
    </message>
    <message>
        <source>above {0}, as in T1 scans</source>
        <translation>über {0}, wie in T1-Scans</translation>
    </message>
    <message>
        <source>activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>against the template, the head is rotated by {0}°, shifted by {1} mm and up to {2} larger or smaller: register it first</source>
        <translation>gegenüber der Vorlage ist der Kopf um {0}° gedreht, um {1} mm verschoben und bis zu {2} größer oder kleiner: zuerst registrieren</translation>
    </message>
    <message>
        <source>aligned to another image</source>
        <translation>an ein anderes Bild ausgerichtet</translation>
    </message>
    <message>
        <source>all but the uncertainty is from {0} only, not the ensemble's mean</source>
        <translation>alles außer der Unsicherheit ist, was {0} allein sagt, nicht das Mittel des Ensembles</translation>
    </message>
    <message>
        <source>an anatomical image of a head</source>
        <translation>anatomisches Bild eines Kopfes</translation>
    </message>
    <message>
        <source>for an empty scan, the network predicts {0}</source>
        <translation>ein leerer Scan erhält {0}</translation>
    </message>
    <message>
        <source>for an empty scan, the network predicts {0}, {1}</source>
        <translation>ein leerer Scan erhält {0}, {1}</translation>
    </message>
    <message>
        <source>an empty scan is not shown to this network</source>
        <translation>diesem Netz wird kein leerer Scan gezeigt</translation>
    </message>
    <message>
        <source>an image</source>
        <translation>ein Bild</translation>
    </message>
    <message>
        <source>anatomy</source>
        <translation>Anatomie</translation>
    </message>
    <message>
        <source>are the voxel sizes in its header in mm?</source>
        <translation>sind die Voxelgrößen in seinem Header in mm?</translation>
    </message>
    <message>
        <source>are they of the same person, in the same space?</source>
        <translation>sind sie von einer Person, in einem Raum?</translation>
    </message>
    <message>
        <source>are they of the same person, in the same space? {0}</source>
        <translation>sind sie von einer Person, in einem Raum? {0}</translation>
    </message>
    <message>
        <source>as in the training scans</source>
        <translation>wie in den Trainingsscans</translation>
    </message>
    <message>
        <source>as it is</source>
        <translation>wie er ist</translation>
    </message>
    <message>
        <source>at most {0} ({1})</source>
        <translation>höchstens {0} ({1})</translation>
    </message>
    <message>
        <source>at most {0} not finite, no empty plane</source>
        <translation>höchstens {0} nicht endlich, keine leere Schicht</translation>
    </message>
    <message>
        <source>at most {0}, as in the training scans</source>
        <translation>höchstens {0}, wie in den Trainingsscans</translation>
    </message>
    <message>
        <source>at most {0}°, {1} mm, {2}</source>
        <translation>höchstens {0}°, {1} mm, {2}</translation>
    </message>
    <message>
        <source>back to front</source>
        <translation>vorn und hinten vertauscht</translation>
    </message>
    <message>
        <source>back–front</source>
        <translation>hinten–vorn</translation>
    </message>
    <message>
        <source>batch norms</source>
        <translation>Batch-Normen</translation>
    </message>
    <message>
        <source>blank</source>
        <translation>leer</translation>
    </message>
    <message>
        <source>blurred by {0} mm</source>
        <translation>um {0} mm weichgezeichnet</translation>
    </message>
    <message>
        <source>brain only</source>
        <translation>nur das Gehirn</translation>
    </message>
    <message>
        <source>checking the scan: {0}</source>
        <translation>Scan wird geprüft: {0}</translation>
    </message>
    <message>
        <source>correlation with MNI152 of {0} or more</source>
        <translation>Korrelation mit MNI152 ab {0}</translation>
    </message>
    <message>
        <source>correlation {0}</source>
        <translation>Korrelation {0}</translation>
    </message>
    <message>
        <source>correlation {0}, Dice {1}</source>
        <translation>Korrelation {0}, Dice {1}</translation>
    </message>
    <message>
        <source>covariates</source>
        <translation>Kovariaten</translation>
    </message>
    <message>
        <source>different images</source>
        <translation>verschiedene Bilder</translation>
    </message>
    <message>
        <source>distance {0}</source>
        <translation>Abstand {0}</translation>
    </message>
    <message>
        <source>empty scan</source>
        <translation>leerer Scan</translation>
    </message>
    <message>
        <source>field of view</source>
        <translation>Bildausschnitt</translation>
    </message>
    <message>
        <source>field of view and voxel size suit the network</source>
        <translation>Bildausschnitt und Voxelgröße passen zum Netz</translation>
    </message>
    <message>
        <source>for comparison</source>
        <translation>zum Vergleich</translation>
    </message>
    <message>
        <source>head and air are not at the same positions as in the training scans: the head is cut off or shifted</source>
        <translation>Kopf und Luft liegen nicht, wo sie in den Trainingsscans lagen: er ist abgeschnitten oder verschoben</translation>
    </message>
    <message>
        <source>head and air are at the same positions as in the training scans</source>
        <translation>Kopf und Luft liegen, wo sie in den Trainingsscans lagen</translation>
    </message>
    <message>
        <source>image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>image kind</source>
        <translation>Art des Bildes</translation>
    </message>
    <message>
        <source>images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>intensities</source>
        <translation>Intensitäten</translation>
    </message>
    <message>
        <source>intensities / {0}</source>
        <translation>Intensitäten / {0}</translation>
    </message>
    <message>
        <source>intensities and share of air are those of the training scans</source>
        <translation>Intensitäten und Anteil der Luft sind wie in den Trainingsscans</translation>
    </message>
    <message>
        <source>intensities or share of air are not those of the training scans</source>
        <translation>Intensitäten oder Anteil der Luft sind anders als in den Trainingsscans</translation>
    </message>
    <message>
        <source>intensities × {0}</source>
        <translation>Intensitäten × {0}</translation>
    </message>
    <message>
        <source>it has only {0} voxels</source>
        <translation>er hat nur {0} Voxel</translation>
    </message>
    <message>
        <source>its field of view is only {0} mm along one side: the brain is cut off{1}</source>
        <translation>sein Bildausschnitt ist auf einer Seite nur {0} mm lang: ein Gehirn ist abgeschnitten{1}</translation>
    </message>
    <message>
        <source>its field of view of {0} is smaller than a brain: {1}</source>
        <translation>sein Bildausschnitt von {0} ist kleiner als ein Gehirn: {1}</translation>
    </message>
    <message>
        <source>its header does not say which space it is in</source>
        <translation>sein Header sagt nicht, in welchem Raum er liegt</translation>
    </message>
    <message>
        <source>its header says {0}</source>
        <translation>sein Header nennt {0}</translation>
    </message>
    <message>
        <source>its header seems to give lengths in {0} but to declare them as mm</source>
        <translation>sein Header scheint Längen in {0} anzugeben und sie mm zu nennen</translation>
    </message>
    <message>
        <source>its voxels of {0} mm are coarser than the network needs ({1} mm)</source>
        <translation>seine Voxel von {0} mm sind gröber, als das Netz braucht ({1} mm)</translation>
    </message>
    <message>
        <source>its voxels of {0} mm are {1} times longer than wide</source>
        <translation>seine Voxel von {0} mm sind {1}-mal so lang wie breit</translation>
    </message>
    <message>
        <source>labels</source>
        <translation>Labels</translation>
    </message>
    <message>
        <source>left and right exchanged</source>
        <translation>links und rechts vertauscht</translation>
    </message>
    <message>
        <source>left–right</source>
        <translation>links–rechts</translation>
    </message>
    <message>
        <source>less than any brain</source>
        <translation>weniger als jedes Gehirn</translation>
    </message>
    <message>
        <source>member {0} of {1}</source>
        <translation>Mitglied {0} von {1}</translation>
    </message>
    <message>
        <source>missing voxels</source>
        <translation>fehlende Voxel</translation>
    </message>
    <message>
        <source>more than any head</source>
        <translation>mehr als jeder Kopf</translation>
    </message>
    <message>
        <source>more than the brain's share of the head, {0}</source>
        <translation>mehr als der Anteil des Gehirns am Kopf, {0}</translation>
    </message>
    <message>
        <source>neighbouring voxels are less correlated than in most scans ({0}): the image is noisy or very coarse</source>
        <translation>benachbarte Voxel haben weniger gemeinsam als in den meisten Scans (Korrelation {0}): er ist verrauscht oder sehr grob</translation>
    </message>
    <message>
        <source>neighbouring voxels are hardly correlated ({0}), as in noise</source>
        <translation>benachbarte Voxel haben wenig gemeinsam (Korrelation {0}), wie in Rauschen</translation>
    </message>
    <message>
        <source>network and scan are both simulated</source>
        <translation>Netz und Scan sind beide simuliert</translation>
    </message>
    <message>
        <source>no check found a problem; {0}</source>
        <translation>keine Prüfung spricht gegen den Scan; {0}</translation>
    </message>
    <message>
        <source>no head</source>
        <translation>kein Kopf</translation>
    </message>
    <message>
        <source>no noticeable part of the scan is missing</source>
        <translation>kein nennenswerter Teil des Scans fehlt</translation>
    </message>
    <message>
        <source>no orientation agrees with a template of the head</source>
        <translation>keine Orientierung passt zu einer Vorlage des Kopfes</translation>
    </message>
    <message>
        <source>noise</source>
        <translation>Rauschen</translation>
    </message>
    <message>
        <source>noisy</source>
        <translation>verrauscht</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>not known to be simulated</source>
        <translation>nicht als simuliert bekannt</translation>
    </message>
    <message>
        <source>not measurable: {0}</source>
        <translation>nicht messbar: {0}</translation>
    </message>
    <message>
        <source>nothing about the space</source>
        <translation>nichts über den Raum</translation>
    </message>
    <message>
        <source>of the scan</source>
        <translation>des Scans</translation>
    </message>
    <message>
        <source>of {0}</source>
        <translation>von {0}</translation>
    </message>
    <message>
        <source>on its back or face</source>
        <translation>auf dem Hinterkopf oder Gesicht</translation>
    </message>
    <message>
        <source>on its side</source>
        <translation>auf der Seite</translation>
    </message>
    <message>
        <source>outline</source>
        <translation>Umriss</translation>
    </message>
    <message>
        <source>population</source>
        <translation>Population</translation>
    </message>
    <message>
        <source>pose</source>
        <translation>Lage</translation>
    </message>
    <message>
        <source>preparation</source>
        <translation>Vorbereitung</translation>
    </message>
    <message>
        <source>registration</source>
        <translation>Registrierung</translation>
    </message>
    <message>
        <source>registration failed</source>
        <translation>Registrierung fehlgeschlagen</translation>
    </message>
    <message>
        <source>relevance in the brain</source>
        <translation>Relevanz im Gehirn</translation>
    </message>
    <message>
        <source>scanner coordinates</source>
        <translation>Scannerkoordinaten</translation>
    </message>
    <message>
        <source>signed map</source>
        <translation>Karte mit Vorzeichen</translation>
    </message>
    <message>
        <source>simulated</source>
        <translation>simuliert</translation>
    </message>
    <message>
        <source>skull</source>
        <translation>Schädel</translation>
    </message>
    <message>
        <source>standardised</source>
        <translation>standardisiert</translation>
    </message>
    <message>
        <source>steadiness</source>
        <translation>Beständigkeit</translation>
    </message>
    <message>
        <source>a brain aligned with the template's</source>
        <translation>das Gehirn liegt, wo das der Vorlage liegt</translation>
    </message>
    <message>
        <source>the card requires nothing</source>
        <translation>die Karte verlangt nichts</translation>
    </message>
    <message>
        <source>the card does not say what grid the network needs</source>
        <translation>die Karte sagt nicht, welches Gitter das Netz braucht</translation>
    </message>
    <message>
        <source>the card does not say what intensities the training scans had</source>
        <translation>die Karte sagt nicht, welche Intensitäten die Trainingsscans hatten</translation>
    </message>
    <message>
        <source>the card does not say how the network's layers responded to the training scans</source>
        <translation>die Karte sagt nicht, wie die Schichten des Netzes auf die Trainingsscans antworteten</translation>
    </message>
    <message>
        <source>the card does not say where the head lay in the training scans</source>
        <translation>die Karte sagt nicht, wo der Kopf in den Trainingsscans lag</translation>
    </message>
    <message>
        <source>the card does not say whether scans have a skull</source>
        <translation>die Karte sagt nicht, ob Scans einen Schädel haben</translation>
    </message>
    <message>
        <source>the card lacks 'input'</source>
        <translation>der Karte fehlt „input“</translation>
    </message>
    <message>
        <source>the card's training statistics do not match the network: {0}</source>
        <translation>die Trainingsstatistik der Karte passt nicht zum Netz: {0}</translation>
    </message>
    <message>
        <source>the head can be registered to the template</source>
        <translation>der Kopf lässt sich auf die Vorlage registrieren</translation>
    </message>
    <message>
        <source>position or appearance of the head differs from the training scans</source>
        <translation>der Kopf liegt nicht wie in den Trainingsscans oder sieht anders aus</translation>
    </message>
    <message>
        <source>the head is cut off{0}</source>
        <translation>der Kopf ist abgeschnitten{0}</translation>
    </message>
    <message>
        <source>position and appearance of the head are as in the training scans</source>
        <translation>der Kopf liegt wie in den Trainingsscans und sieht so aus</translation>
    </message>
    <message>
        <source>the head lies upright</source>
        <translation>der Kopf liegt aufrecht</translation>
    </message>
    <message>
        <source>the head is aligned with the MNI152 template (left and right cannot be distinguished)</source>
        <translation>der Kopf liegt, wo die MNI152-Vorlage liegt (links und rechts lassen sich nicht unterscheiden)</translation>
    </message>
    <message>
        <source>the head seems to lie {0}, unlike the training scans</source>
        <translation>der Kopf scheint {0} zu liegen; das kennt das Netz nicht</translation>
    </message>
    <message>
        <source>the head seems to lie {0}: the orientation in its file may be wrong</source>
        <translation>der Kopf scheint {0} zu liegen: die Datei gibt vielleicht eine falsche Orientierung an</translation>
    </message>
    <message>
        <source>the heads of {0} and {1} overlap by only {2}</source>
        <translation>die Köpfe von {0} und {1} überlappen nur zu {2}</translation>
    </message>
    <message>
        <source>the heads of {0} and {1} overlap by only {2}: they may be misaligned</source>
        <translation>die Köpfe von {0} und {1} überlappen nur zu {2}: sie liegen vielleicht verschieden</translation>
    </message>
    <message>
        <source>the image contains whole numbers in patches, like a label atlas or a mask</source>
        <translation>das Bild besteht aus Flecken ganzer Zahlen, wie ein Atlas von Labels oder eine Maske</translation>
    </message>
    <message>
        <source>the image is blank</source>
        <translation>das Bild ist leer</translation>
    </message>
    <message>
        <source>the image is blank: it is {0} everywhere</source>
        <translation>das Bild ist leer: es ist überall {0}</translation>
    </message>
    <message>
        <source>the image is not blank; this network does not take scans of heads</source>
        <translation>das Bild ist nicht leer; dieses Netz nimmt keine Scans von Köpfen</translation>
    </message>
    <message>
        <source>the image looks like anatomy: unsigned, continuous and smooth</source>
        <translation>das Bild sieht nach Anatomie aus: nicht negativ, stetig und glatt</translation>
    </message>
    <message>
        <source>the images differ from each other</source>
        <translation>die Bilder unterscheiden sich voneinander</translation>
    </message>
    <message>
        <source>the map has no grid</source>
        <translation>die Karte hat kein Gitter</translation>
    </message>
    <message>
        <source>the map is zero on the scan's grid</source>
        <translation>die Karte ist auf dem Gitter des Scans null</translation>
    </message>
    <message>
        <source>the mask has the shape {0}, and the scan {1}</source>
        <translation>die Maske hat die Form {0}, der Scan {1}</translation>
    </message>
    <message>
        <source>the network's output is neither a probability nor a value</source>
        <translation>das Netz antwortet weder mit einer Wahrscheinlichkeit noch mit einem Wert</translation>
    </message>
    <message>
        <source>the network does not take T1 scans</source>
        <translation>das Netz nimmt keine T1-Scans</translation>
    </message>
    <message>
        <source>the network does not take T1 scans of heads</source>
        <translation>das Netz nimmt keine T1-Scans von Köpfen</translation>
    </message>
    <message>
        <source>the network does not take scans of heads</source>
        <translation>das Netz nimmt keine Scans von Köpfen</translation>
    </message>
    <message>
        <source>the network receives the whole field of view, here {0}, and scans in MNI space have {1}: the brain has another size</source>
        <translation>dem Netz wird der ganze Bildausschnitt gezeigt, hier {0}; Scans im MNI-Raum haben {1}: das Gehirn ist anders groß</translation>
    </message>
    <message>
        <source>the network needs a brain without its skull, and {0}, more than any brain</source>
        <translation>das Netz braucht ein Gehirn ohne Schädel, und {0}, mehr als jedes Gehirn</translation>
    </message>
    <message>
        <source>the network needs a scan in MNI space, but this one is not aligned with the MNI152 template{0}</source>
        <translation>das Netz braucht einen Scan im MNI-Raum, und dieser liegt anders als die MNI152-Vorlage{0}</translation>
    </message>
    <message>
        <source>the network needs a whole head, and {0}, less than a head</source>
        <translation>das Netz braucht einen ganzen Kopf, und {0}, weniger als ein Kopf</translation>
    </message>
    <message>
        <source>the network stores no batch-norm statistics</source>
        <translation>das Netz speichert keine Statistik von Batch-Normen</translation>
    </message>
    <message>
        <source>the network was trained only on simulated brains: its output for a real person is meaningless</source>
        <translation>das Netz wurde nur an simulierten Gehirnen trainiert: was es über eine Person sagt, bedeutet nichts</translation>
    </message>
    <message>
        <source>the inputs of the network's batch norms are similar to those in training</source>
        <translation>die Batch-Normen des Netzes sehen etwa, was sie im Training sahen</translation>
    </message>
    <message>
        <source>the inputs of the network's batch norms differ from those in training (distance {0}; {1})</source>
        <translation>die Batch-Normen des Netzes sehen andere Werte als im Training (Abstand {0}; {1})</translation>
    </message>
    <message>
        <source>the network's grid inside the scan</source>
        <translation>Gitter des Netzes im Scan</translation>
    </message>
    <message>
        <source>the network's layers respond as they did to the training scans</source>
        <translation>die Schichten des Netzes antworten wie auf die Trainingsscans</translation>
    </message>
    <message>
        <source>the network's layers respond differently than to the training scans</source>
        <translation>die Schichten des Netzes antworten anders als auf die Trainingsscans</translation>
    </message>
    <message>
        <source>the covariates are as in the training data</source>
        <translation>die Zahlen sind wie in den Trainingsdaten</translation>
    </message>
    <message>
        <source>the preparation of the scan is not reliable: {0}</source>
        <translation>der Vorbereitung des Scans ist nicht zu trauen: {0}</translation>
    </message>
    <message>
        <source>the same</source>
        <translation>dasselbe</translation>
    </message>
    <message>
        <source>the same value</source>
        <translation>der gleiche Wert</translation>
    </message>
    <message>
        <source>the scan does not overlap the network's field of view</source>
        <translation>der Scan deckt nichts von dem ab, was das Netz betrachtet</translation>
    </message>
    <message>
        <source>the scan covers only {0} of the network's field of view{1}</source>
        <translation>der Scan deckt nur {0} von dem ab, was das Netz betrachtet{1}</translation>
    </message>
    <message>
        <source>the scan does not fit the network: {0}</source>
        <translation>der Scan passt nicht zum Netz: {0}</translation>
    </message>
    <message>
        <source>the scan is not aligned with the template, so its tissue is not known</source>
        <translation>der Scan liegt nicht, wo die Vorlage liegt; sein Gewebe ist daher nicht bekannt</translation>
    </message>
    <message>
        <source>the scan is compared with the training scans instead</source>
        <translation>der Scan wird stattdessen mit den Trainingsscans verglichen</translation>
    </message>
    <message>
        <source>the scan may not fit the network: {0}</source>
        <translation>der Scan passt vielleicht nicht zum Netz: {0}</translation>
    </message>
    <message>
        <source>the scan was not prepared</source>
        <translation>der Scan wurde nicht vorbereitet</translation>
    </message>
    <message>
        <source>the scan was prepared ({0}); no problem was found</source>
        <translation>der Scan wurde vorbereitet ({0}); nichts spricht dagegen</translation>
    </message>
    <message>
        <source>the value</source>
        <translation>der Wert</translation>
    </message>
    <message>
        <source>the values lie within the card's bounds</source>
        <translation>die Werte liegen in den Grenzen der Karte</translation>
    </message>
    <message>
        <source>there are no covariates with a mean and a spread in the card</source>
        <translation>es gibt keine Zahlen, deren Mittelwert und Streuung die Karte nennt</translation>
    </message>
    <message>
        <source>there is no brain mask to compare the map with</source>
        <translation>es gibt keine Hirnmaske, mit der die Karte zu vergleichen wäre</translation>
    </message>
    <message>
        <source>there is only one image</source>
        <translation>es gibt ein Bild</translation>
    </message>
    <message>
        <source>tissue contrast</source>
        <translation>Gewebekontrast</translation>
    </message>
    <message>
        <source>turned by 90° about the vertical axis</source>
        <translation>um 90° um die senkrechte Achse gedreht</translation>
    </message>
    <message>
        <source>turned by 90°, {0}</source>
        <translation>um 90° gedreht, {0}</translation>
    </message>
    <message>
        <source>under small shifts and perturbations of the scan, {0} goes from {1}</source>
        <translation>bei kleinen Bewegungen und Änderungen des Scans liegt {0} bei {1}</translation>
    </message>
    <message>
        <source>under small shifts and perturbations of the scan, {0} goes from {1} to {2} (largest change: {3})</source>
        <translation>bei kleinen Bewegungen und Änderungen des Scans liegt {0} zwischen {1} und {2} (am weitesten: {3})</translation>
    </message>
    <message>
        <source>under small shifts and perturbations of the scan, {0} stays at {1}</source>
        <translation>bei kleinen Bewegungen und Änderungen des Scans bleibt {0} bei {1}</translation>
    </message>
    <message>
        <source>guessed limit {0}</source>
        <translation>bis {0} gilt schätzungsweise als üblich</translation>
    </message>
    <message>
        <source>upright</source>
        <translation>aufrecht</translation>
    </message>
    <message>
        <source>upright, by the file's affine</source>
        <translation>aufrecht, nach der Affine der Datei</translation>
    </message>
    <message>
        <source>upside down</source>
        <translation>kopfüber</translation>
    </message>
    <message>
        <source>up–down</source>
        <translation>oben–unten</translation>
    </message>
    <message>
        <source>limit {0}</source>
        <translation>üblich bis {0}</translation>
    </message>
    <message>
        <source>the foreground fills only {0} of the image, less than a head or brain does</source>
        <translation>der Vordergrund füllt nur {0} des Bildes, weniger als ein Kopf oder ein Gehirn</translation>
    </message>
    <message>
        <source>the foreground fills {0} of the image, more than a whole head or brain does</source>
        <translation>der Vordergrund füllt {0} des Bildes, mehr als ein ganzer Kopf oder ein Gehirn</translation>
    </message>
    <message>
        <source>the foreground has {0} litres, {1} times the brain</source>
        <translation>der Vordergrund hat {0} Liter, das {1}-Fache des Gehirns</translation>
    </message>
    <message>
        <source>the foreground has {0} litres, {1}: {2}</source>
        <translation>der Vordergrund hat {0} Liter, {1}: {2}</translation>
    </message>
    <message>
        <source>the foreground of this scan has {0} litres</source>
        <translation>der Vordergrund dieses Scans hat {0} Liter</translation>
    </message>
    <message>
        <source>whether the scan fits the network is not known: {0}</source>
        <translation>ob der Scan zum Netz passt, ist nicht bekannt: {0}</translation>
    </message>
    <message>
        <source>whether the scan fits the network was not checked</source>
        <translation>ob der Scan zum Netz passt, wurde nicht geprüft</translation>
    </message>
    <message>
        <source>white matter is brighter than grey matter, as in a T1 scan</source>
        <translation>weiße Substanz ist heller als graue, wie in einem T1-Scan</translation>
    </message>
    <message>
        <source>white matter is not brighter than grey matter: it is not a T1 scan, or its contrast is inverted</source>
        <translation>weiße Substanz ist nicht heller als graue: es ist kein T1-Scan, oder sein Kontrast ist invertiert</translation>
    </message>
    <message>
        <source>white/grey {0}</source>
        <translation>weiß/grau {0}</translation>
    </message>
    <message>
        <source>whole head</source>
        <translation>ganzer Kopf</translation>
    </message>
    <message>
        <source>with or without skull</source>
        <translation>mit oder ohne Schädel</translation>
    </message>
    <message>
        <source>without the edge of the brain</source>
        <translation>ohne den Rand des Gehirns</translation>
    </message>
    <message>
        <source>zero</source>
        <translation>null</translation>
    </message>
    <message>
        <source>{0} (and 1 more)</source>
        <translation>{0} (und 1 weiterer Grund)</translation>
    </message>
    <message>
        <source>{0} (and {1} more)</source>
        <translation>{0} (und {1} weitere Gründe)</translation>
    </message>
    <message>
        <source>{0} ({1} times the usual distance)</source>
        <translation>{0} (das {1}-Fache des üblichen Abstands)</translation>
    </message>
    <message>
        <source>{0} and {1}</source>
        <translation>{0} und {1}</translation>
    </message>
    <message>
        <source>{0} and {1} are the same image</source>
        <translation>{0} und {1} sind dasselbe Bild</translation>
    </message>
    <message>
        <source>{0} are the same image</source>
        <translation>{0} sind dasselbe Bild</translation>
    </message>
    <message>
        <source>{0} beyond</source>
        <translation>{0} außerhalb</translation>
    </message>
    <message>
        <source>{0} covers {1} of the field of view of {2}: {3}</source>
        <translation>{0} deckt {1} des Bildausschnitts von {2} ab: {3}</translation>
    </message>
    <message>
        <source>{0} different</source>
        <translation>{0} verschiedene</translation>
    </message>
    <message>
        <source>{0} is far outside of the training data, {1}</source>
        <translation>{0} liegt weit außerhalb der Trainingsdaten, {1}</translation>
    </message>
    <message>
        <source>{0} mm along the {1} axis</source>
        <translation>{0} mm entlang der Achse {1}</translation>
    </message>
    <message>
        <source>{0} of 1 check could be run</source>
        <translation>{0} von 1 Prüfung war möglich</translation>
    </message>
    <message>
        <source>{0} of its values are negative, as in a statistical map; a scan has none</source>
        <translation>{0} seiner Werte sind negativ wie in einer statistischen Karte; ein Scan hat keine</translation>
    </message>
    <message>
        <source>{0} of its values are negative, with mean 0 and standard deviation 1: it was standardised before, or is a statistical map</source>
        <translation>{0} seiner Werte sind negativ, bei Mittelwert 0 und Standardabweichung 1: es wurde zuvor standardisiert oder ist eine statistische Karte</translation>
    </message>
    <message>
        <source>{0} of its values lie beyond {1} to {2}, the network's range</source>
        <translation>{0} seiner Werte liegen außerhalb von {1} bis {2}, was das Netz verlangt</translation>
    </message>
    <message>
        <source>{0} in size</source>
        <translation>{0} Größe</translation>
    </message>
    <message>
        <source>{0} of the head lies outside of the network's grid</source>
        <translation>{0} des Kopfes liegen außerhalb des Gitters des Netzes</translation>
    </message>
    <message>
        <source>{0} of the map's relevance lies in the brain, {1} in the rest of the head and {2} in the air</source>
        <translation>{0} der Relevanz der Karte liegen im Gehirn, {1} im übrigen Kopf und {2} in der Luft</translation>
    </message>
    <message>
        <source>{0} of the voxels</source>
        <translation>{0} der Voxel</translation>
    </message>
    <message>
        <source>{0} of the voxels of the scan were not finite and were replaced</source>
        <translation>{0} der Voxel des Scans waren nicht endlich und wurden ersetzt</translation>
    </message>
    <message>
        <source>{0} of the voxels of {1} were not finite and were replaced</source>
        <translation>{0} der Voxel von {1} waren nicht endlich und wurden ersetzt</translation>
    </message>
    <message>
        <source>{0} of the voxels{1} were not finite and were replaced</source>
        <translation>{0} der Voxel{1} waren nicht endlich und wurden ersetzt</translation>
    </message>
    <message>
        <source>{0} of {1} checks could be run</source>
        <translation>{0} von {1} Prüfungen waren möglich</translation>
    </message>
    <message>
        <source>{0} planes</source>
        <translation>{0} Schichten</translation>
    </message>
    <message>
        <source>{0} planes of the scan between non-empty planes are empty</source>
        <translation>{0} Schichten des Scans zwischen anderen sind leer</translation>
    </message>
    <message>
        <source>{0} planes of {1} between non-empty planes are empty</source>
        <translation>{0} Schichten von {1} zwischen anderen sind leer</translation>
    </message>
    <message>
        <source>{0} space</source>
        <translation>{0}-Raum</translation>
    </message>
    <message>
        <source>{0} to {1}</source>
        <translation>{0} bis {1}</translation>
    </message>
    <message>
        <source>{0} to {1} mm a side</source>
        <translation>Seiten von {0} bis {1} mm</translation>
    </message>
    <message>
        <source>{0} to {1} {2}</source>
        <translation>{0} bis {1} {2}</translation>
    </message>
    <message>
        <source>{0} {1} is far outside of the training data, {2}</source>
        <translation>{0} {1} liegt weit außerhalb der Trainingsdaten, {2}</translation>
    </message>
    <message>
        <source>{0}, as the network needs</source>
        <translation>{0}, wie das Netz es braucht</translation>
    </message>
    <message>
        <source>{0}, but a part of the scan is missing: head and brain cannot be distinguished</source>
        <translation>{0}, aber ein Teil des Scans fehlt: Kopf und Gehirn lassen sich daran nicht unterscheiden</translation>
    </message>
    <message>
        <source>{0}, its grid is that of {1}</source>
        <translation>{0}, sein Gitter ist das von {1}</translation>
    </message>
    <message>
        <source>{0}: the distance of {1} is within the guessed limit of {2}</source>
        <translation>{0}: der Abstand {1} ist klein, {2} ist eine geschätzte Grenze</translation>
    </message>
    <message>
        <source>{0}: they may be misaligned; {1}</source>
        <translation>{0}: sie liegen vielleicht verschieden; {1}</translation>
    </message>
    <message>
        <source>{0}{1} between non-empty planes {2} empty</source>
        <translation>{0}{1} zwischen anderen {2} leer</translation>
    </message>
    <message>
        <source>{0}° about the {1} axis</source>
        <translation>{0}° um die Achse {1}</translation>
    </message>
    <message>
        <source>{0}°, {1} mm, {2}</source>
        <translation>{0}°, {1} mm, {2}</translation>
    </message>
</context>
</TS>
