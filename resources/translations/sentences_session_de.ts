<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source> and of </source>
        <translation> und von </translation>
    </message>
    <message>
        <source> in a direction</source>
        <translation> in einer Richtung</translation>
    </message>
    <message>
        <source>, so the preparation of the scan must be repeated</source>
        <translation>, daher muss der Scan neu vorbereitet werden</translation>
    </message>
    <message>
        <source>, that of {0} says {1}</source>
        <translation>, der von {0} nennt {1}</translation>
    </message>
    <message>
        <source>, the unit in the middle</source>
        <translation>, die Einheit in der Mitte</translation>
    </message>
    <message>
        <source>, {0} failed</source>
        <translation>, {0} fehlgeschlagen</translation>
    </message>
    <message>
        <source>1 cluster, threshold {0}</source>
        <translation>1 Cluster, geschnitten bei {0}</translation>
    </message>
    <message>
        <source>1 map cannot be compared</source>
        <translation>1 Karte lässt sich nicht vergleichen</translation>
    </message>
    <message>
        <source>1 participant without a map</source>
        <translation>1 Teilnehmer ohne Karte</translation>
    </message>
    <message>
        <source>1 participant: {0}</source>
        <translation>1 Teilnehmer: {0}</translation>
    </message>
    <message>
        <source>1 person has</source>
        <translation>1 Person hat</translation>
    </message>
    <message>
        <source>1 person has several sessions, which are tested as independent scans: p is not valid</source>
        <translation>1 Person hat mehrere Sitzungen, die als unabhängige Scans getestet werden: p gilt nicht</translation>
    </message>
    <message>
        <source>1 value</source>
        <translation>1 Wert</translation>
    </message>
    <message>
        <source>1 voxel has</source>
        <translation>1 Voxel hat</translation>
    </message>
    <message>
        <source>1 voxel has p ≤ {0} ({1})</source>
        <translation>1 Voxel hat p ≤ {0} ({1})</translation>
    </message>
    <message>
        <source>1 voxel has p ≤ {0} ({1}): |{2}| ≥ {3}</source>
        <translation>1 Voxel hat p ≤ {0} ({1}): |{2}| ≥ {3}</translation>
    </message>
    <message>
        <source>BIDS labels have letters and digits only</source>
        <translation>BIDS-Labels haben nur Buchstaben und Ziffern</translation>
    </message>
    <message>
        <source>Capturing the network</source>
        <translation>Netz wird erfasst</translation>
    </message>
    <message>
        <source>Comparing with the group</source>
        <translation>Vergleich mit der Gruppe</translation>
    </message>
    <message>
        <source>Comparing {0} and {1}</source>
        <translation>{0} und {1} werden verglichen</translation>
    </message>
    <message>
        <source>Loading the network</source>
        <translation>Netz wird geladen</translation>
    </message>
    <message>
        <source>Measuring {0}</source>
        <translation>{0} wird gemessen</translation>
    </message>
    <message>
        <source>Packing {0}</source>
        <translation>{0} wird gepackt</translation>
    </message>
    <message>
        <source>Reading map {0} of {1}</source>
        <translation>Karte {0} von {1} wird gelesen</translation>
    </message>
    <message>
        <source>Relevance maps of {0}</source>
        <translation>Relevanzkarten von {0}</translation>
    </message>
    <message>
        <source>Share of the map within the region that the class was computed from, mean and 95 % interval (chance {0}); {1} small networks, {2} simulated brains; your network is not among them</source>
        <translation>Anteil der Karte in der Region, aus der die Antwort berechnet wurde, Mittel und 95-%-Intervall (Zufall {0}); {1} kleine Netze, {2} simulierte Gehirne; Ihr Netz ist nicht darunter</translation>
    </message>
    <message>
        <source>Simulated: finger opposition against rest</source>
        <translation>Simuliert: Fingeropposition gegen Ruhe</translation>
    </message>
    <message>
        <source>Simulated: saccades at eight rates</source>
        <translation>Simuliert: Sakkaden mit acht Frequenzen</translation>
    </message>
    <message>
        <source>TFCE of {0}</source>
        <translation>TFCE von {0}</translation>
    </message>
    <message>
        <source>The command omits the outline of {0}, which is not saved: {1}</source>
        <translation>Im Befehl fehlt der Umriss von {0}, der in keiner Datei steht: {1}</translation>
    </message>
    <message>
        <source>TorchScript</source>
        <translation>TorchScript</translation>
    </message>
    <message>
        <source>Unpacking {0}</source>
        <translation>{0} wird entpackt</translation>
    </message>
    <message>
        <source>a channel and a direction are given</source>
        <translation>ein Kanal und eine Richtung sind angegeben</translation>
    </message>
    <message>
        <source>a class has no channels</source>
        <translation>eine Klasse hat keine Kanäle</translation>
    </message>
    <message>
        <source>a configuration</source>
        <translation>eine Konfiguration</translation>
    </message>
    <message>
        <source>a description</source>
        <translation>eine Beschreibung</translation>
    </message>
    <message>
        <source>a device</source>
        <translation>ein Gerät</translation>
    </message>
    <message>
        <source>a figure cannot be written as {0}</source>
        <translation>eine Abbildung lässt sich nicht als {0} schreiben</translation>
    </message>
    <message>
        <source>a file</source>
        <translation>eine Datei</translation>
    </message>
    <message>
        <source>a file without suffix</source>
        <translation>eine Datei ohne Endung</translation>
    </message>
    <message>
        <source>a layer and a class are named</source>
        <translation>eine Schicht und eine Klasse sind genannt</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>eine Liste</translation>
    </message>
    <message>
        <source>a map must be prepared for the current scan</source>
        <translation>eine Karte muss über dem gezeigten Scan vorbereitet sein</translation>
    </message>
    <message>
        <source>a map needs a name</source>
        <translation>eine Karte braucht einen Namen</translation>
    </message>
    <message>
        <source>a mesh cannot be written as {0}</source>
        <translation>Oberflächen lassen sich nicht als {0} schreiben</translation>
    </message>
    <message>
        <source>a movie cannot be written as {0}</source>
        <translation>ein Film lässt sich nicht als {0} schreiben</translation>
    </message>
    <message>
        <source>a name can have at most {0} letters</source>
        <translation>ein Name hat {0} Zeichen</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>a probability</source>
        <translation>eine Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>a scanner's</source>
        <translation>Scannerkoordinaten</translation>
    </message>
    <message>
        <source>a session</source>
        <translation>eine Sitzung</translation>
    </message>
    <message>
        <source>a session has at most {0}</source>
        <translation>eine Sitzung hat höchstens {0}</translation>
    </message>
    <message>
        <source>a session has no field {0}</source>
        <translation>eine Sitzung hat kein Feld {0}</translation>
    </message>
    <message>
        <source>a socket</source>
        <translation>ein Socket</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>ein Text</translation>
    </message>
    <message>
        <source>activation {0}; the initial noise has {1}</source>
        <translation>Aktivierung {0}; das anfängliche Rauschen hat {1}</translation>
    </message>
    <message>
        <source>against full re-fits: relative error {0} over the {1} largest voxels, {2} over {3} drawn at random; correlation {4}</source>
        <translation>gegen volle Neuanpassungen: relativer Fehler {0} über die {1} größten Voxel, {2} über {3} zufällige; Korrelation {4}</translation>
    </message>
    <message>
        <source>already exists</source>
        <translation>gibt es schon</translation>
    </message>
    <message>
        <source>an atlas of shape {0} on a grid of shape {1}</source>
        <translation>ein Atlas der Form {0} auf einem Gitter der Form {1}</translation>
    </message>
    <message>
        <source>an edge of {0} mm is shorter than a voxel ({1} mm)</source>
        <translation>eine Kante von {0} mm ist kürzer als ein Voxel ({1} mm)</translation>
    </message>
    <message>
        <source>an image optimized to activate the network, not a scan: its values are intensities of the network's input</source>
        <translation>ein Bild, optimiert, um das Netz zu aktivieren, kein Scan: seine Werte sind Intensitäten der Eingabe des Netzes</translation>
    </message>
    <message>
        <source>and none are next to the network. Create them with saliency-viewer {0}, or enter their file here</source>
        <translation>und neben dem Netz liegen keine. Mit saliency-viewer {0} erzeugen oder hier die Datei nennen</translation>
    </message>
    <message>
        <source>choose 1 to 10000</source>
        <translation>1 bis 10000 verlangen</translation>
    </message>
    <message>
        <source>choose 1 to {0}</source>
        <translation>1 bis {0} verlangen</translation>
    </message>
    <message>
        <source>choose 16 to {0} along each side</source>
        <translation>je Seite 16 bis {0} verlangen</translation>
    </message>
    <message>
        <source>choose 64 to {0} along each side</source>
        <translation>je Seite 64 bis {0} verlangen</translation>
    </message>
    <message>
        <source>choose up to {0} s</source>
        <translation>höchstens {0} s wählen</translation>
    </message>
    <message>
        <source>claims to contain {0} bytes in {1}</source>
        <translation>behauptet, {0} Bytes in {1} zu enthalten</translation>
    </message>
    <message>
        <source>contains more in {0} than it claims</source>
        <translation>enthält in {0} mehr als behauptet</translation>
    </message>
    <message>
        <source>contains two files with the same name</source>
        <translation>enthält zwei Dateien eines Namens</translation>
    </message>
    <message>
        <source>contains {0} files</source>
        <translation>enthält {0} Dateien</translation>
    </message>
    <message>
        <source>contains {0}, which is not a regular file in it</source>
        <translation>enthält {0}, das keine gewöhnliche Datei darin ist</translation>
    </message>
    <message>
        <source>create them with saliency-viewer {0}, or enter their file here</source>
        <translation>mit saliency-viewer {0} erzeugen oder hier die Datei nennen</translation>
    </message>
    <message>
        <source>differently from what the card requires</source>
        <translation>anders, als die Karte verlangt</translation>
    </message>
    <message>
        <source>differs from the cohort's maps in {0}</source>
        <translation>und die Karten der Kohorte unterscheiden sich in {0}</translation>
    </message>
    <message>
        <source>has an output for every voxel, but tasks with a known source have one class per scan</source>
        <translation>antwortet für jedes Voxel, und eine Aufgabe mit bekannter Quelle hat eine Antwort für einen Scan</translation>
    </message>
    <message>
        <source>at 1 voxel the maps do not vary, and t is not defined</source>
        <translation>in 1 Voxel unterscheiden sich die Karten nicht; t ist nicht definiert</translation>
    </message>
    <message>
        <source>at 1 voxel the others do not vary, and t is not defined</source>
        <translation>in 1 Voxel unterscheiden sich die anderen nicht; t ist nicht definiert</translation>
    </message>
    <message>
        <source>at {0} of {1} voxels, {2} %</source>
        <translation>in {0} von {1} Voxeln, {2} %</translation>
    </message>
    <message>
        <source>at {0} voxels the maps do not vary, and t is not defined</source>
        <translation>in {0} Voxeln unterscheiden sich die Karten nicht; t ist nicht definiert</translation>
    </message>
    <message>
        <source>at {0} voxels the others do not vary, and t is not defined</source>
        <translation>in {0} Voxeln unterscheiden sich die anderen nicht; t ist nicht definiert</translation>
    </message>
    <message>
        <source>auto, cpu, cuda, cuda:N or mps</source>
        <translation>auto, cpu, cuda, cuda:N oder mps</translation>
    </message>
    <message>
        <source>call run first</source>
        <translation>zuerst run aufrufen</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>ist nicht lesbar</translation>
    </message>
    <message>
        <source>cannot be tested together with a contrast</source>
        <translation>lässt sich nicht zusammen mit einem Kontrast testen</translation>
    </message>
    <message>
        <source>cannot be tested with 1 participant and 1 confound</source>
        <translation>lässt sich mit 1 Teilnehmer und 1 Störgröße nicht testen</translation>
    </message>
    <message>
        <source>cannot be tested with 1 participant and {0} confounds</source>
        <translation>lässt sich mit 1 Teilnehmer und {0} Störgrößen nicht testen</translation>
    </message>
    <message>
        <source>cannot be tested with {0} participants and 1 confound</source>
        <translation>lässt sich mit {0} Teilnehmern und 1 Störgröße nicht testen</translation>
    </message>
    <message>
        <source>cannot be tested with {0} participants and {1} confounds</source>
        <translation>lässt sich mit {0} Teilnehmern und {1} Störgrößen nicht testen</translation>
    </message>
    <message>
        <source>cannot be unpacked ({0})</source>
        <translation>lässt sich nicht entpacken ({0})</translation>
    </message>
    <message>
        <source>choose LRP</source>
        <translation>LRP wählen</translation>
    </message>
    <message>
        <source>choose a method</source>
        <translation>Methode wählen</translation>
    </message>
    <message>
        <source>choose a network with one or two outputs</source>
        <translation>ein Netz mit einer oder zwei Ausgaben wählen</translation>
    </message>
    <message>
        <source>choose a network of three dimensions</source>
        <translation>ein Netz in drei Dimensionen wählen</translation>
    </message>
    <message>
        <source>choose a network that classifies</source>
        <translation>ein Netz wählen, das klassifiziert</translation>
    </message>
    <message>
        <source>choose another animation</source>
        <translation>eine andere Animation wählen</translation>
    </message>
    <message>
        <source>choose another file</source>
        <translation>eine andere Datei wählen</translation>
    </message>
    <message>
        <source>choose another file or folder</source>
        <translation>eine andere Datei oder einen anderen Ordner wählen</translation>
    </message>
    <message>
        <source>choose another name, or delete them first</source>
        <translation>einen anderen Namen wählen oder jene zuerst löschen</translation>
    </message>
    <message>
        <source>choose another network</source>
        <translation>ein anderes Netz wählen</translation>
    </message>
    <message>
        <source>choose one of {0}</source>
        <translation>eines von {0} wählen</translation>
    </message>
    <message>
        <source>close other programs, compute on the device cpu, or use a machine with more memory</source>
        <translation>andere Programme schließen, auf der CPU rechnen oder einen Rechner mit mehr Speicher nehmen</translation>
    </message>
    <message>
        <source>compute it with --uncertainty, which writes MAP_sd.nii.gz beside MAP.nii.gz</source>
        <translation>mit --uncertainty berechnen; das schreibt KARTE_sd.nii.gz neben KARTE.nii.gz</translation>
    </message>
    <message>
        <source>continue with the same machine and threads, or start a new file</source>
        <translation>auf derselben Maschine und mit denselben Threads fortsetzen, oder eine andere Datei beginnen</translation>
    </message>
    <message>
        <source>correct the table of the cohort, and run it again</source>
        <translation>die Tabelle der Kohorte berichtigen und neu rechnen</translation>
    </message>
    <message>
        <source>could not be written by ffmpeg</source>
        <translation>ließ sich mit ffmpeg nicht schreiben</translation>
    </message>
    <message>
        <source>cpu, 1 thread</source>
        <translation>CPU, 1 Thread</translation>
    </message>
    <message>
        <source>cpu, {0} threads</source>
        <translation>CPU, {0} Threads</translation>
    </message>
    <message>
        <source>cube {0}</source>
        <translation>Würfel {0}</translation>
    </message>
    <message>
        <source>darkest ({0}) lies above brightest ({1})</source>
        <translation>dunkelster Wert ({0}) liegt über hellstem ({1})</translation>
    </message>
    <message>
        <source>delete it</source>
        <translation>löschen</translation>
    </message>
    <message>
        <source>delete it and run the cohort again</source>
        <translation>löschen und die Kohorte neu rechnen</translation>
    </message>
    <message>
        <source>device mps</source>
        <translation>Gerät mps</translation>
    </message>
    <message>
        <source>device {0}</source>
        <translation>Gerät {0}</translation>
    </message>
    <message>
        <source>does not exist on the worker {0}</source>
        <translation>gibt es auf dem Worker {0} nicht</translation>
    </message>
    <message>
        <source>has different seeds for members and method, which no command can set</source>
        <translation>hat verschiedene Startwerte für Mitglieder und Methode; die setzt kein Befehl</translation>
    </message>
    <message>
        <source>has no 3D spatial grid</source>
        <translation>hat kein räumliches 3D-Gitter</translation>
    </message>
    <message>
        <source>has no standard deviation, so the certainty of its values is unknown</source>
        <translation>hat keine Standardabweichung, die sagt, wie sicher die Werte sind</translation>
    </message>
    <message>
        <source>has {0} maps, but others can only be drawn with one</source>
        <translation>hat {0} Karten, und andere werden mit einer gezeichnet</translation>
    </message>
    <message>
        <source>is aligned with another image, which a command cannot express</source>
        <translation>ist auf ein anderes Bild ausgerichtet; das kann ein Befehl nicht ausdrücken</translation>
    </message>
    <message>
        <source>is nested too deeply for an archive</source>
        <translation>liegt zu tief für ein Archiv</translation>
    </message>
    <message>
        <source>is not available on this machine</source>
        <translation>ist auf diesem Rechner nicht verfügbar</translation>
    </message>
    <message>
        <source>is not in a common space: its header says {0}</source>
        <translation>liegt in keinem Raum, den andere Scans teilen: sein Header nennt {0}</translation>
    </message>
    <message>
        <source>does not reach the network's grid</source>
        <translation>reicht nicht bis zum Gitter des Netzes</translation>
    </message>
    <message>
        <source>does not take one image of a scan</source>
        <translation>nimmt kein einzelnes Bild eines Scans</translation>
    </message>
    <message>
        <source>drawing the box of {0}</source>
        <translation>Box von {0} wird gezeichnet</translation>
    </message>
    <message>
        <source>end the name in .mp4 or .gif</source>
        <translation>den Namen mit .mp4 oder .gif enden lassen</translation>
    </message>
    <message>
        <source>end the name in .png, .svg or .pdf</source>
        <translation>den Namen mit .png, .svg oder .pdf enden lassen</translation>
    </message>
    <message>
        <source>end the name in {0}</source>
        <translation>den Namen mit {0} enden lassen</translation>
    </message>
    <message>
        <source>ended with status {0}</source>
        <translation>endete mit Status {0}</translation>
    </message>
    <message>
        <source>every body from {0} on is smaller than {1} mm³</source>
        <translation>jeder Körper ab {0} ist kleiner als {1} mm³</translation>
    </message>
    <message>
        <source>expected NIfTI or Analyze</source>
        <translation>erwartet wird NIfTI oder Analyze</translation>
    </message>
    <message>
        <source>expected a file that this program saved</source>
        <translation>erwartet wird eine Datei, die dieses Programm gespeichert hat</translation>
    </message>
    <message>
        <source>expected files such as anat/sub-01_T1w.nii.gz</source>
        <translation>erwartet wird etwa anat/sub-01_T1w.nii.gz</translation>
    </message>
    <message>
        <source>explain the scan with the cohort's settings</source>
        <translation>den Scan wie die der Kohorte erklären</translation>
    </message>
    <message>
        <source>failures.tsv of the folder says why, if it failed</source>
        <translation>failures.tsv des Ordners sagt, warum es fehlschlug</translation>
    </message>
    <message>
        <source>fill it in</source>
        <translation>ausfüllen</translation>
    </message>
    <message>
        <source>fill it in, or leave the row out</source>
        <translation>ausfüllen oder die Zeile weglassen</translation>
    </message>
    <message>
        <source>give COLUMN=VALUE of {0}</source>
        <translation>SPALTE=WERT aus {0} angeben</translation>
    </message>
    <message>
        <source>give a whole number from 0</source>
        <translation>eine ganze Zahl ab 0 angeben</translation>
    </message>
    <message>
        <source>give it more memory, or use fewer workers</source>
        <translation>mehr Speicher geben oder weniger Worker nehmen</translation>
    </message>
    <message>
        <source>give one map</source>
        <translation>eine Karte angeben</translation>
    </message>
    <message>
        <source>give one of them</source>
        <translation>eines davon angeben</translation>
    </message>
    <message>
        <source>give the scans it was trained on</source>
        <translation>die Scans angeben, an denen es trainiert wurde</translation>
    </message>
    <message>
        <source>has 1 column instead of {0}</source>
        <translation>hat 1 Spalte statt {0}</translation>
    </message>
    <message>
        <source>has 1 column where the first line names {0}</source>
        <translation>hat 1 Spalte, wo die erste Zeile {0} nennt</translation>
    </message>
    <message>
        <source>has 1 other to compare with</source>
        <translation>hat 1 andere zum Vergleich</translation>
    </message>
    <message>
        <source>has 1 value ({0})</source>
        <translation>hat 1 Wert ({0})</translation>
    </message>
    <message>
        <source>has a damaged line</source>
        <translation>hat eine beschädigte Zeile</translation>
    </message>
    <message>
        <source>has changed since the session was saved</source>
        <translation>hat sich seit dem Speichern der Sitzung geändert</translation>
    </message>
    <message>
        <source>has features of different lengths from one network</source>
        <translation>hat Merkmale verschiedener Länge von einem Netz</translation>
    </message>
    <message>
        <source>has maps of only one network and method</source>
        <translation>hat Karten eines Netzes und einer Methode</translation>
    </message>
    <message>
        <source>has maps of several methods</source>
        <translation>hat Karten mehrerer Methoden</translation>
    </message>
    <message>
        <source>has maps of several networks</source>
        <translation>hat Karten mehrerer Netze</translation>
    </message>
    <message>
        <source>has maps of several {0}s</source>
        <translation>hat Karten mehrerer Arten ({0})</translation>
    </message>
    <message>
        <source>has no bodies at this threshold</source>
        <translation>hat bei diesem Schwellenwert keine Körper</translation>
    </message>
    <message>
        <source>has no column 'participant_id'</source>
        <translation>hat keine Spalte „participant_id“</translation>
    </message>
    <message>
        <source>has no column {0}</source>
        <translation>hat keine Spalte {0}</translation>
    </message>
    <message>
        <source>has no features of scans from {0}</source>
        <translation>hat keine Merkmale von Scans durch {0}</translation>
    </message>
    <message>
        <source>has no file of its own that a command could refer to</source>
        <translation>hat keine eigene Datei, auf die sich ein Befehl beziehen könnte</translation>
    </message>
    <message>
        <source>has no file that a command could refer to</source>
        <translation>hat keine Datei, auf die sich ein Befehl beziehen könnte</translation>
    </message>
    <message>
        <source>has no file that a session could refer to</source>
        <translation>hat keine Datei, auf die sich eine Sitzung beziehen könnte</translation>
    </message>
    <message>
        <source>has no folders sub-…, as a BIDS dataset has</source>
        <translation>hat keine Ordner sub-… wie ein BIDS-Datensatz</translation>
    </message>
    <message>
        <source>has no maps of the {0} {1}</source>
        <translation>hat keine Karten von {1} ({0})</translation>
    </message>
    <message>
        <source>has no maps of {0}</source>
        <translation>hat keine Karten von {0}</translation>
    </message>
    <message>
        <source>has no other scans to compare {0} with</source>
        <translation>hat keine anderen Scans zum Vergleich mit {0}</translation>
    </message>
    <message>
        <source>has no participant of {0} with all values</source>
        <translation>hat keinen Teilnehmer von {0} mit allen Werten</translation>
    </message>
    <message>
        <source>has no participant with a value</source>
        <translation>hat keinen Teilnehmer mit einem Wert</translation>
    </message>
    <message>
        <source>has no rows</source>
        <translation>hat keine Zeilen</translation>
    </message>
    <message>
        <source>has no weights that can be trained</source>
        <translation>hat keine trainierbaren Gewichte</translation>
    </message>
    <message>
        <source>does not have the columns {0}</source>
        <translation>hat die Spalten {0} nicht</translation>
    </message>
    <message>
        <source>has only one scan</source>
        <translation>hat nur einen Scan</translation>
    </message>
    <message>
        <source>has the label {0}, like another network</source>
        <translation>hat das Label {0} wie ein anderes Netz</translation>
    </message>
    <message>
        <source>has two columns {0}</source>
        <translation>hat zwei Spalten {0}</translation>
    </message>
    <message>
        <source>has an output without a gradient for its weights, and cannot be trained</source>
        <translation>hat Gewichte, nach denen seine Antwort keinen Gradienten hat, und kann nicht trainiert werden</translation>
    </message>
    <message>
        <source>has {0} GB free, but the maps need {1} GB</source>
        <translation>hat {0} GB frei, und die Karten brauchen {1} GB</translation>
    </message>
    <message>
        <source>has {0} a second time</source>
        <translation>hat {0} ein zweites Mal</translation>
    </message>
    <message>
        <source>has {0} columns instead of {1}</source>
        <translation>hat {0} Spalten statt {1}</translation>
    </message>
    <message>
        <source>has {0} columns where the first line names {1}</source>
        <translation>hat {0} Spalten, wo die erste Zeile {1} nennt</translation>
    </message>
    <message>
        <source>has {0} others to compare with</source>
        <translation>hat {0} andere zum Vergleich</translation>
    </message>
    <message>
        <source>has {0} values ({1})</source>
        <translation>hat {0} Werte ({1})</translation>
    </message>
    <message>
        <source>holds 1 map of an earlier network or parameters ({0})</source>
        <translation>enthält 1 Karte eines früheren Netzes oder früherer Parameter ({0})</translation>
    </message>
    <message>
        <source>holds maps of other settings ({0})</source>
        <translation>enthält Karten anderer Einstellungen ({0})</translation>
    </message>
    <message>
        <source>holds maps of {0} with another card</source>
        <translation>enthält Karten von {0} mit einer anderen Karte</translation>
    </message>
    <message>
        <source>holds maps that are zero everywhere</source>
        <translation>enthält Karten, die überall null sind</translation>
    </message>
    <message>
        <source>holds no features of a scan</source>
        <translation>enthält keine Merkmale eines Scans</translation>
    </message>
    <message>
        <source>holds no images</source>
        <translation>enthält keine Bilder</translation>
    </message>
    <message>
        <source>holds no records</source>
        <translation>enthält keine Aufzeichnungen</translation>
    </message>
    <message>
        <source>holds other files</source>
        <translation>enthält andere Dateien</translation>
    </message>
    <message>
        <source>holds {0} maps of an earlier network or parameters ({1})</source>
        <translation>enthält {0} Karten eines früheren Netzes oder früherer Parameter ({1})</translation>
    </message>
    <message>
        <source>install "saliency-viewer[movie]", or write a .gif</source>
        <translation>„saliency-viewer[movie]“ installieren oder ein .gif schreiben</translation>
    </message>
    <message>
        <source>install a graphics driver, or Mesa's software OpenGL (Debian: libegl1 libgl1-mesa-dri)</source>
        <translation>einen Grafiktreiber installieren oder Mesas Software-OpenGL (Debian: libegl1 libgl1-mesa-dri)</translation>
    </message>
    <message>
        <source>is a MetaImage</source>
        <translation>ist ein MetaImage</translation>
    </message>
    <message>
        <source>is a MetaImage; {0}</source>
        <translation>ist ein MetaImage; {0}</translation>
    </message>
    <message>
        <source>is a map that was not saved</source>
        <translation>ist eine nicht gespeicherte Karte</translation>
    </message>
    <message>
        <source>is a session of version {0}</source>
        <translation>ist eine Sitzung der Version {0}</translation>
    </message>
    <message>
        <source>is an image, which has no threshold</source>
        <translation>ist ein Bild ohne Schwellenwert</translation>
    </message>
    <message>
        <source>is damaged in {0}</source>
        <translation>ist in {0} beschädigt</translation>
    </message>
    <message>
        <source>is it in the scans' space?</source>
        <translation>liegt er im Raum der Scans?</translation>
    </message>
    <message>
        <source>is named twice</source>
        <translation>ist zweimal genannt</translation>
    </message>
    <message>
        <source>is not a column of the participants</source>
        <translation>ist keine Spalte der Teilnehmer</translation>
    </message>
    <message>
        <source>is not a folder</source>
        <translation>ist kein Ordner</translation>
    </message>
    <message>
        <source>is not a cohort folder: it has no {0}</source>
        <translation>ist kein Ordner einer Kohorte: es fehlt {0}</translation>
    </message>
    <message>
        <source>is not a record</source>
        <translation>ist keine Aufzeichnung</translation>
    </message>
    <message>
        <source>is not a session</source>
        <translation>ist keine Sitzung</translation>
    </message>
    <message>
        <source>is not a figure size</source>
        <translation>ist keine Größe einer Abbildung</translation>
    </message>
    <message>
        <source>is not installed, and a Dask cluster needs it</source>
        <translation>ist nicht installiert, ein Dask-Cluster braucht es</translation>
    </message>
    <message>
        <source>is no longer the network of the cohort</source>
        <translation>ist nicht mehr das Netz der Kohorte</translation>
    </message>
    <message>
        <source>is not the scan that the map of {0} was computed from: it has changed</source>
        <translation>ist nicht der Scan, von dem die Karte von {0} stammt: er hat sich geändert</translation>
    </message>
    <message>
        <source>is one volume of a file, which a command for several images cannot select</source>
        <translation>ist ein Volumen einer Datei, das ein Befehl nicht unter anderen nennen kann</translation>
    </message>
    <message>
        <source>is the image of a bare tensor, which has no spatial coordinates</source>
        <translation>ist das Bild eines bloßen Tensors ohne räumliche Koordinaten</translation>
    </message>
    <message>
        <source>is {0} for every participant, so it has no slope</source>
        <translation>ist {0} bei jedem Teilnehmer und hat daher keine Steigung</translation>
    </message>
    <message>
        <source>is {0}, as line {1} is</source>
        <translation>ist {0} wie Zeile {1}</translation>
    </message>
    <message>
        <source>it does not depend on the input</source>
        <translation>sie hängt nicht von der Eingabe ab</translation>
    </message>
    <message>
        <source>it has no channel {0}</source>
        <translation>sie hat keinen Kanal {0}</translation>
    </message>
    <message>
        <source>it has no {0}</source>
        <translation>sie hat kein {0}</translation>
    </message>
    <message>
        <source>it has not been run</source>
        <translation>sie wurde nicht ausgeführt</translation>
    </message>
    <message>
        <source>it is damaged or malicious</source>
        <translation>es ist keine ehrliche Sitzung</translation>
    </message>
    <message>
        <source>it is damaged, or not a zip archive</source>
        <translation>es ist beschädigt oder kein ZIP-Archiv</translation>
    </message>
    <message>
        <source>it needs one</source>
        <translation>sie braucht eine</translation>
    </message>
    <message>
        <source>it needs participant_id, and scan or scan_NAME</source>
        <translation>sie braucht participant_id und scan oder scan_NAME</translation>
    </message>
    <message>
        <source>it ran out on a single scan</source>
        <translation>bei einem einzelnen Scan ging er aus</translation>
    </message>
    <message>
        <source>it takes {0}, one per channel</source>
        <translation>sie nimmt {0}, eine je Kanal</translation>
    </message>
    <message>
        <source>its attention is computed within windows, so no head gives a map of the whole scan</source>
        <translation>seine Aufmerksamkeit liegt in Fenstern; daher ist kein Kopf eine Karte des ganzen Scans</translation>
    </message>
    <message>
        <source>its card is in no file that a command could refer to</source>
        <translation>seine Karte ist in keiner Datei, auf die sich ein Befehl beziehen könnte</translation>
    </message>
    <message>
        <source>its centre is {0}</source>
        <translation>seine Mitte ist {0}</translation>
    </message>
    <message>
        <source>its entry {0} is invalid</source>
        <translation>der Eintrag {0} ergibt keinen Sinn</translation>
    </message>
    <message>
        <source>its entry {0} names a file that it does not contain</source>
        <translation>der Eintrag {0} nennt eine Datei, die fehlt</translation>
    </message>
    <message>
        <source>its parameters: {0}</source>
        <translation>die Parameter: {0}</translation>
    </message>
    <message>
        <source>its {0} contains no object</source>
        <translation>{0} darin enthält kein Objekt</translation>
    </message>
    <message>
        <source>its {0} is damaged</source>
        <translation>{0} darin ist beschädigt</translation>
    </message>
    <message>
        <source>its {0} is too large</source>
        <translation>{0} darin ist zu groß</translation>
    </message>
    <message>
        <source>keep the subjects' means</source>
        <translation>die Mittel der Personen behalten</translation>
    </message>
    <message>
        <source>kept: 1 voxel without which the cost is smaller</source>
        <translation>beibehalten: 1 Voxel, ohne das die Kosten kleiner sind</translation>
    </message>
    <message>
        <source>kept: {0} voxels without which the cost is smaller</source>
        <translation>beibehalten: {0} Voxel, ohne die die Kosten kleiner sind</translation>
    </message>
    <message>
        <source>lacks the networks, methods or settings of a cohort</source>
        <translation>fehlen Netze, Methoden oder Einstellungen einer Kohorte</translation>
    </message>
    <message>
        <source>largest voxels</source>
        <translation>größte Voxel</translation>
    </message>
    <message>
        <source>keep one row of each person</source>
        <translation>von jeder Person eine Zeile lassen</translation>
    </message>
    <message>
        <source>leave one subject out</source>
        <translation>eine Person auslassen</translation>
    </message>
    <message>
        <source>lists no participants</source>
        <translation>führt keine Teilnehmer</translation>
    </message>
    <message>
        <source>make it a confound</source>
        <translation>als Störgröße nehmen</translation>
    </message>
    <message>
        <source>make one with cohort</source>
        <translation>mit cohort anlegen</translation>
    </message>
    <message>
        <source>compute the maps with --prepare card, or use --same-space if the scans are already registered</source>
        <translation>die Karten mit --prepare card rechnen oder --same-space angeben, wenn die Scans schon registriert sind</translation>
    </message>
    <message>
        <source>map {0} of {1}</source>
        <translation>Karte {0} von {1}</translation>
    </message>
    <message>
        <source>maps of different classes would be mixed; {0} has {1}</source>
        <translation>Karten verschiedener Klassen würden gemischt; {0} hat {1}</translation>
    </message>
    <message>
        <source>mean activation {0} (largest at one position {1}); the initial noise has {2} ({3})</source>
        <translation>mittlere Aktivierung {0} (größte an einer Stelle {1}); das anfängliche Rauschen hat {2} ({3})</translation>
    </message>
    <message>
        <source>mean of {0} minus mean of {1} ({2})</source>
        <translation>Mittel von {0} minus Mittel von {1} ({2})</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>memory ran out with {0} inputs per batch; done in batches of {1}</source>
        <translation>der Speicher reichte nicht für {0} Eingaben zugleich; berechnet mit je {1}</translation>
    </message>
    <message>
        <source>name a column to divide the participants by, or run another method</source>
        <translation>eine Spalte zum Teilen der Teilnehmer nennen oder eine weitere Methode rechnen</translation>
    </message>
    <message>
        <source>name a dataset or a table</source>
        <translation>einen Datensatz oder eine Tabelle nennen</translation>
    </message>
    <message>
        <source>name a folder for the results</source>
        <translation>einen Ordner für die Ergebnisse nennen</translation>
    </message>
    <message>
        <source>name a folder on storage that all workers share</source>
        <translation>einen Ordner nennen, den alle Worker teilen</translation>
    </message>
    <message>
        <source>name a later one</source>
        <translation>eine spätere nennen</translation>
    </message>
    <message>
        <source>name a new folder, or that of a cohort</source>
        <translation>einen neuen Ordner nennen oder den einer Kohorte</translation>
    </message>
    <message>
        <source>name another folder</source>
        <translation>einen anderen Ordner nennen</translation>
    </message>
    <message>
        <source>name every image, or none</source>
        <translation>jedes Bild nennen oder keines</translation>
    </message>
    <message>
        <source>name one of them</source>
        <translation>eine davon nennen</translation>
    </message>
    <message>
        <source>name one of these</source>
        <translation>eines davon nennen</translation>
    </message>
    <message>
        <source>name one of {0} with --{1}</source>
        <translation>eine von {0} mit --{1} nennen</translation>
    </message>
    <message>
        <source>name other groups or fewer confounds</source>
        <translation>andere Gruppen oder weniger Störgrößen nennen</translation>
    </message>
    <message>
        <source>name the class to explain, or max for the largest output of each scan</source>
        <translation>die zu erklärende Klasse nennen oder max für die größte Ausgabe jedes Scans</translation>
    </message>
    <message>
        <source>name the layer that they belong to</source>
        <translation>die Schicht nennen, zu der sie gehören</translation>
    </message>
    <message>
        <source>name two of them: {0}:B-A</source>
        <translation>zwei davon nennen: {0}:B-A</translation>
    </message>
    <message>
        <source>names a method {0}, which is not a valid method name</source>
        <translation>nennt eine Methode {0}, die keine ist</translation>
    </message>
    <message>
        <source>names a network {0}, which is not a valid network label</source>
        <translation>nennt ein Netz {0}, das keines ist</translation>
    </message>
    <message>
        <source>does not name a group of participants</source>
        <translation>nennt keine Gruppe der Teilnehmer</translation>
    </message>
    <message>
        <source>names no scan</source>
        <translation>nennt keinen Scan</translation>
    </message>
    <message>
        <source>does not name two groups</source>
        <translation>nennt keine zwei Gruppen</translation>
    </message>
    <message>
        <source>nearest to {0} of 1 scan, by the cosine of the inputs of {1}</source>
        <translation>{0} am nächsten von 1 Scan, nach dem Kosinus der Eingaben von {1}</translation>
    </message>
    <message>
        <source>nearest to {0} of {1} scans, by the cosine of the inputs of {2}</source>
        <translation>{0} am nächsten von {1} Scans, nach dem Kosinus der Eingaben von {2}</translation>
    </message>
    <message>
        <source>needs the package imageio-ffmpeg</source>
        <translation>braucht das Paket imageio-ffmpeg</translation>
    </message>
    <message>
        <source>needs {0} bytes to be unpacked, but less disk space is free</source>
        <translation>braucht entpackt {0} Bytes, und die Platte hat weniger</translation>
    </message>
    <message>
        <source>neither a layer nor a class is named</source>
        <translation>weder Schicht noch Klasse genannt</translation>
    </message>
    <message>
        <source>no Dask scheduler responds</source>
        <translation>kein Dask-Scheduler antwortet</translation>
    </message>
    <message>
        <source>no image was found that activates it: this is the closest one, or noise</source>
        <translation>kein Bild gefunden, das ihn aktiviert: dies ist das nächste oder Rauschen</translation>
    </message>
    <message>
        <source>no longer exists, so the archive cannot contain it</source>
        <translation>ist nicht mehr da und kann nicht ins Archiv</translation>
    </message>
    <message>
        <source>no model is open</source>
        <translation>kein Modell ist geöffnet</translation>
    </message>
    <message>
        <source>not a number</source>
        <translation>keine Zahl</translation>
    </message>
    <message>
        <source>no parameter {0}</source>
        <translation>kein Parameter {0}</translation>
    </message>
    <message>
        <source>no row names a scan</source>
        <translation>keine Zeile nennt einen Scan</translation>
    </message>
    <message>
        <source>no scan is open</source>
        <translation>kein Scan ist geöffnet</translation>
    </message>
    <message>
        <source>no such device</source>
        <translation>kein solches Gerät</translation>
    </message>
    <message>
        <source>no such network</source>
        <translation>kein solches Netz</translation>
    </message>
    <message>
        <source>no such preset</source>
        <translation>keine solche Voreinstellung</translation>
    </message>
    <message>
        <source>no such task</source>
        <translation>keine solche Aufgabe</translation>
    </message>
    <message>
        <source>no voxel has p ≤ {0} ({1}); the smallest is {2}</source>
        <translation>kein Voxel hat p ≤ {0} ({1}); das kleinste ist {2}</translation>
    </message>
    <message>
        <source>none of its regions lies in the mask</source>
        <translation>keine seiner Regionen liegt in der Maske</translation>
    </message>
    <message>
        <source>normalised error</source>
        <translation>normierter Fehler</translation>
    </message>
    <message>
        <source>normalised mean squared error against the exact map: {0}</source>
        <translation>normierter mittlerer quadratischer Fehler gegen die exakte Karte: {0}</translation>
    </message>
    <message>
        <source>not finite</source>
        <translation>nicht endlich</translation>
    </message>
    <message>
        <source>nothing reaches {0}</source>
        <translation>nichts erreicht {0}</translation>
    </message>
    <message>
        <source>nothing reaches {0}; its largest |value| is {1}</source>
        <translation>nichts erreicht {0}; der größte |Wert| ist {1}</translation>
    </message>
    <message>
        <source>nothing shown</source>
        <translation>nichts gezeigt</translation>
    </message>
    <message>
        <source>number the sessions</source>
        <translation>die Sitzungen nummerieren</translation>
    </message>
    <message>
        <source>of 1 map of the cohort {0}, {1}</source>
        <translation>aus 1 Karte der Kohorte {0}, {1}</translation>
    </message>
    <message>
        <source>of {0} leaves the network without weights</source>
        <translation>von {0} lässt dem Netz keine Gewichte</translation>
    </message>
    <message>
        <source>of {0} maps of the cohort {1}, {2}</source>
        <translation>aus {0} Karten der Kohorte {1}, {2}</translation>
    </message>
    <message>
        <source>of {0}, {1}the largest at one position {2}{3}</source>
        <translation>von {0}, {1}die größte an einer Stelle {2}{3}</translation>
    </message>
    <message>
        <source>on known sources: {0}, only on {1}, not ranked</source>
        <translation>bei bekannten Quellen: {0}, nur an {1}, ohne Rang</translation>
    </message>
    <message>
        <source>on known sources: {0}, only on {1} networks</source>
        <translation>bei bekannten Quellen: {0}, nur bei Netzen der Art {1}</translation>
    </message>
    <message>
        <source>on known sources: {0}, rank {1} of {2}</source>
        <translation>bei bekannten Quellen: {0}, Rang {1} von {2}</translation>
    </message>
    <message>
        <source>only maps of 3D scans are shown in the box</source>
        <translation>die Box zeigt nur Karten von 3D-Scans</translation>
    </message>
    <message>
        <source>only maps of 3D scans can be shown</source>
        <translation>nur Karten von 3D-Scans lassen sich zeigen</translation>
    </message>
    <message>
        <source>open a model first</source>
        <translation>zuerst ein Modell öffnen</translation>
    </message>
    <message>
        <source>open a scan first</source>
        <translation>zuerst einen Scan öffnen</translation>
    </message>
    <message>
        <source>open it again, and let its card be saved next to it</source>
        <translation>neu öffnen und die Karte daneben speichern lassen</translation>
    </message>
    <message>
        <source>open it separately</source>
        <translation>einzeln öffnen</translation>
    </message>
    <message>
        <source>open it from where it is now</source>
        <translation>von seinem jetzigen Ort öffnen</translation>
    </message>
    <message>
        <source>open the scan by itself, and a map on its own grid</source>
        <translation>den Scan einzeln öffnen und eine Karte auf seinem Gitter</translation>
    </message>
    <message>
        <source>optimized on a periodic block of {0} voxels that tiles the grid</source>
        <translation>optimiert auf einem periodischen Block von {0} Voxeln, der das Gitter füllt</translation>
    </message>
    <message>
        <source>optimized on the {0} voxels of the unit's receptive field</source>
        <translation>optimiert auf den {0} Voxeln des rezeptiven Felds der Einheit</translation>
    </message>
    <message>
        <source>out of memory</source>
        <translation>Speicher voll</translation>
    </message>
    <message>
        <source>paths are relative to the table's folder</source>
        <translation>Pfade gelten ab dem Ordner der Tabelle</translation>
    </message>
    <message>
        <source>pip install 'saliency-viewer[cluster]'</source>
        <translation>pip install 'saliency-viewer[cluster]'</translation>
    </message>
    <message>
        <source>plain: {0}, AUC {1}</source>
        <translation>einfach: {0}, AUC {1}</translation>
    </message>
    <message>
        <source>preset {0}</source>
        <translation>Voreinstellung {0}</translation>
    </message>
    <message>
        <source>restore the file</source>
        <translation>an seinen Ort zurücklegen</translation>
    </message>
    <message>
        <source>reading features</source>
        <translation>Merkmale werden gelesen</translation>
    </message>
    <message>
        <source>regressed out: {0}</source>
        <translation>herausgerechnet: {0}</translation>
    </message>
    <message>
        <source>relative error</source>
        <translation>relativer Fehler</translation>
    </message>
    <message>
        <source>relative error of the largest</source>
        <translation>relativer Fehler der größten</translation>
    </message>
    <message>
        <source>remove it, and it is computed again</source>
        <translation>sie entfernen, dann wird sie neu berechnet</translation>
    </message>
    <message>
        <source>remove some of the maps</source>
        <translation>einige Karten entfernen</translation>
    </message>
    <message>
        <source>rename its file</source>
        <translation>die Datei umbenennen</translation>
    </message>
    <message>
        <source>residual: {0}, AUC {1}</source>
        <translation>residual: {0}, AUC {1}</translation>
    </message>
    <message>
        <source>run it with other parameters into another folder</source>
        <translation>mit anderen Parametern in einen anderen Ordner rechnen</translation>
    </message>
    <message>
        <source>run the cohort again</source>
        <translation>die Kohorte neu rechnen</translation>
    </message>
    <message>
        <source>run the cohort again: it adds them and keeps the existing maps</source>
        <translation>die Kohorte neu rechnen: das ergänzt sie und behält vorhandene Karten</translation>
    </message>
    <message>
        <source>run the cohort; failures.tsv says what failed</source>
        <translation>die Kohorte rechnen; failures.tsv sagt, was fehlschlug</translation>
    </message>
    <message>
        <source>run the same cohort command again</source>
        <translation>denselben cohort-Befehl noch einmal ausführen</translation>
    </message>
    <message>
        <source>save a .session.json</source>
        <translation>als .session.json speichern</translation>
    </message>
    <message>
        <source>save it first</source>
        <translation>zuerst speichern</translation>
    </message>
    <message>
        <source>save mask and transform, and name the files with --transform and --brain-mask</source>
        <translation>Maske und Transformation speichern und mit --transform und --brain-mask nennen</translation>
    </message>
    <message>
        <source>save the prepared scan, and open that</source>
        <translation>den vorbereiteten Scan speichern und ihn öffnen</translation>
    </message>
    <message>
        <source>save the session again</source>
        <translation>die Sitzung neu speichern</translation>
    </message>
    <message>
        <source>save this map first (File &gt; Save map, Ctrl+S)</source>
        <translation>diese Karte zuerst speichern (Datei &gt; Karte speichern, Strg+S)</translation>
    </message>
    <message>
        <source>scan not found: {0}</source>
        <translation>Scan nicht gefunden: {0}</translation>
    </message>
    <message>
        <source>seen by the steps</source>
        <translation>von den Schritten gesehen</translation>
    </message>
    <message>
        <source>selects no participant</source>
        <translation>wählt keinen Teilnehmer</translation>
    </message>
    <message>
        <source>set TMPDIR to a larger disk</source>
        <translation>TMPDIR auf eine größere Platte setzen</translation>
    </message>
    <message>
        <source>set to zero: 1 voxel without which the cost is smaller</source>
        <translation>auf null gesetzt: 1 Voxel, ohne das die Kosten kleiner sind</translation>
    </message>
    <message>
        <source>set to zero: {0} voxels without which the cost is smaller</source>
        <translation>auf null gesetzt: {0} Voxel, ohne die die Kosten kleiner sind</translation>
    </message>
    <message>
        <source>share of participants above their threshold</source>
        <translation>Anteil der Teilnehmer über ihrem Schwellenwert</translation>
    </message>
    <message>
        <source>share of |relevance|</source>
        <translation>Anteil an |Relevanz|</translation>
    </message>
    <message>
        <source>simulated {0}</source>
        <translation>simuliert: {0}</translation>
    </message>
    <message>
        <source>slope per unit of {0}</source>
        <translation>Steigung je Einheit von {0}</translation>
    </message>
    <message>
        <source>smallest curvature</source>
        <translation>kleinste Krümmung</translation>
    </message>
    <message>
        <source>so far,</source>
        <translation>bisher,</translation>
    </message>
    <message>
        <source>standard deviation</source>
        <translation>Standardabweichung</translation>
    </message>
    <message>
        <source>start one, or correct the address</source>
        <translation>einen starten oder die Adresse berichtigen</translation>
    </message>
    <message>
        <source>start some</source>
        <translation>welche starten</translation>
    </message>
    <message>
        <source>start without it</source>
        <translation>ohne ihn anfangen</translation>
    </message>
    <message>
        <source>stopped after 1 step</source>
        <translation>angehalten nach 1 Schritt</translation>
    </message>
    <message>
        <source>stopped after {0} steps</source>
        <translation>angehalten nach {0} Schritten</translation>
    </message>
    <message>
        <source>stopped at</source>
        <translation>angehalten bei</translation>
    </message>
    <message>
        <source>t of {0}</source>
        <translation>t von {0}</translation>
    </message>
    <message>
        <source>the model's card does not describe its input, so no scan can be given to it</source>
        <translation>die Karte des Modells sagt nicht, welche Scans es nimmt; daher kann es keinen bekommen</translation>
    </message>
    <message>
        <source>the point {0} mm is outside the scan</source>
        <translation>der Punkt {0} mm liegt außerhalb</translation>
    </message>
    <message>
        <source>this method needs generators, and none are next to the network</source>
        <translation>diese Methode braucht Generatoren, und neben dem Netz liegen keine</translation>
    </message>
    <message>
        <source>this method needs the network's patterns, and none are next to the network</source>
        <translation>diese Methode braucht die Muster des Netzes, und neben dem Netz liegen keine</translation>
    </message>
    <message>
        <source>use another column or other participants</source>
        <translation>eine andere Spalte oder andere Teilnehmer nehmen</translation>
    </message>
    <message>
        <source>use cpu</source>
        <translation>cpu nehmen</translation>
    </message>
    <message>
        <source>use less decay</source>
        <translation>weniger Weight Decay nehmen</translation>
    </message>
    <message>
        <source>use more participants or fewer confounds</source>
        <translation>mehr Teilnehmer oder weniger Störgrößen nehmen</translation>
    </message>
    <message>
        <source>choose {0}</source>
        <translation>{0} nehmen</translation>
    </message>
    <message>
        <source>choose {0} or more</source>
        <translation>mindestens {0} nehmen</translation>
    </message>
    <message>
        <source>takes slices, but tasks with a known source need volumes</source>
        <translation>nimmt Schichten, und eine Aufgabe mit bekannter Quelle gilt einem ganzen Scan</translation>
    </message>
    <message>
        <source>target of {0}</source>
        <translation>Ziel von {0}</translation>
    </message>
    <message>
        <source>target {0}</source>
        <translation>Ziel {0}</translation>
    </message>
    <message>
        <source>task {0}</source>
        <translation>Aufgabe {0}</translation>
    </message>
    <message>
        <source>the brain mask</source>
        <translation>die Hirnmaske</translation>
    </message>
    <message>
        <source>the card does not specify the network's grid: voxels of 1 mm are assumed</source>
        <translation>die Karte nennt das Gitter des Netzes nicht: Voxel von 1 mm werden angenommen</translation>
    </message>
    <message>
        <source>the card scales no intensities: they are unbounded, and their range is assumed to be 1</source>
        <translation>die Karte skaliert keine Intensitäten: sie sind unbegrenzt, als Spanne wird 1 angenommen</translation>
    </message>
    <message>
        <source>the cluster has no workers</source>
        <translation>der Cluster hat keine Worker</translation>
    </message>
    <message>
        <source>the columns are {0}</source>
        <translation>die Spalten sind {0}</translation>
    </message>
    <message>
        <source>the cost is the training cost with its weight decay of {0}; without decay retraining has no unique result</source>
        <translation>die Kosten sind die Trainingskosten mit Weight Decay {0}; ohne ihn hat Neutrainieren keine bestimmte Antwort</translation>
    </message>
    <message>
        <source>the direction has 1 number</source>
        <translation>die Richtung hat 1 Zahl</translation>
    </message>
    <message>
        <source>the direction has {0} numbers</source>
        <translation>die Richtung hat {0} Zahlen</translation>
    </message>
    <message>
        <source>the direction is zero or not finite</source>
        <translation>die Richtung ist null oder nicht endlich</translation>
    </message>
    <message>
        <source>the first line must name participant_id</source>
        <translation>die erste Zeile muss participant_id nennen</translation>
    </message>
    <message>
        <source>the first line must name participant_id and {0}</source>
        <translation>die erste Zeile muss participant_id und {0} nennen</translation>
    </message>
    <message>
        <source>the installed PyTorch is built without CUDA</source>
        <translation>das installierte PyTorch ist ohne CUDA gebaut</translation>
    </message>
    <message>
        <source>the largest mean activation is {0} ({1}), and </source>
        <translation>die größte mittlere Aktivierung ist {0} ({1}), und </translation>
    </message>
    <message>
        <source>the map's record of its scan's registration is invalid</source>
        <translation>die Registrierung des Scans in den Angaben der Karte ergibt keinen Sinn</translation>
    </message>
    <message>
        <source>the network is not at a true minimum (gradient {0}, smallest curvature {1})</source>
        <translation>das Netz ist an keinem echten Minimum (Gradient {0}, kleinste Krümmung {1})</translation>
    </message>
    <message>
        <source>the network was trained on {0} scans, these are {1}</source>
        <translation>das Netz wurde an {0} Scans trainiert, dies sind {1}</translation>
    </message>
    <message>
        <source>the network {0}</source>
        <translation>das Netz {0}</translation>
    </message>
    <message>
        <source>the network's grid follows the scan; here it is fitted to {0}</source>
        <translation>das Gitter des Netzes folgt dem Scan; hier ist es an {0} angepasst</translation>
    </message>
    <message>
        <source>the networks are {0}</source>
        <translation>die Netze sind {0}</translation>
    </message>
    <message>
        <source>the preparation is of another scan</source>
        <translation>die Vorbereitung gehört zu einem anderen Scan</translation>
    </message>
    <message>
        <source>the process that computed it {0}, {1} times</source>
        <translation>der Prozess, der sie berechnete, {0}, {1}-mal</translation>
    </message>
    <message>
        <source>the report shows slices only: {0}</source>
        <translation>der Bericht zeigt nur Schichten: {0}</translation>
    </message>
    <message>
        <source>the run was not finished; the same command continues it</source>
        <translation>der Lauf ist nicht zu Ende; derselbe Befehl setzt ihn fort</translation>
    </message>
    <message>
        <source>the map does not name the file of its scan</source>
        <translation>der Scan seiner Karte ist in keiner Datei, die die Karte nennt</translation>
    </message>
    <message>
        <source>the scan of {0} is no longer there</source>
        <translation>der Scan von {0} ist nicht mehr da</translation>
    </message>
    <message>
        <source>the state is of another run</source>
        <translation>der Zustand gehört zu einem anderen Lauf</translation>
    </message>
    <message>
        <source>there is no scan</source>
        <translation>es gibt keinen Scan</translation>
    </message>
    <message>
        <source>there is no such folder</source>
        <translation>es gibt keinen solchen Ordner</translation>
    </message>
    <message>
        <source>there is no {0}: {1}</source>
        <translation>es gibt kein {0}: {1}</translation>
    </message>
    <message>
        <source>files of another analysis exist: {0}</source>
        <translation>es gibt {0} einer anderen Analyse</translation>
    </message>
    <message>
        <source>this machine has none</source>
        <translation>dieser Rechner hat keines</translation>
    </message>
    <message>
        <source>this method explains a layer; choose one</source>
        <translation>diese Methode erklärt eine Schicht; eine wählen</translation>
    </message>
    <message>
        <source>this method follows the network's operators, and {0} does not show them</source>
        <translation>diese Methode folgt den Operatoren des Netzes, und {0} zeigt sie nicht</translation>
    </message>
    <message>
        <source>this method learns from many scans; run it from the command line</source>
        <translation>diese Methode lernt aus vielen Scans; von der Kommandozeile ausführen</translation>
    </message>
    <message>
        <source>this method needs generators, {0}</source>
        <translation>diese Methode braucht Generatoren, {0}</translation>
    </message>
    <message>
        <source>this method needs the network's patterns, {0}</source>
        <translation>diese Methode braucht die Muster des Netzes, {0}</translation>
    </message>
    <message>
        <source>this program reads version {0}</source>
        <translation>dieses Programm liest Version {0}</translation>
    </message>
    <message>
        <source>train it with more decay</source>
        <translation>mit mehr Weight Decay trainieren</translation>
    </message>
    <message>
        <source>training cost</source>
        <translation>Trainingskosten</translation>
    </message>
    <message>
        <source>transformer: {0}, AUC {1}</source>
        <translation>Transformer: {0}, AUC {1}</translation>
    </message>
    <message>
        <source>at least two are needed</source>
        <translation>mindestens zwei sind nötig</translation>
    </message>
    <message>
        <source>unpack it first</source>
        <translation>zuerst entpacken</translation>
    </message>
    <message>
        <source>was ended by {0}</source>
        <translation>wurde von {0} beendet</translation>
    </message>
    <message>
        <source>was not computed by this network for this scan</source>
        <translation>wurde nicht von diesem Netz für diesen Scan berechnet</translation>
    </message>
    <message>
        <source>was not written by this command, and would be replaced</source>
        <translation>stammt nicht von diesem Befehl und würde ersetzt</translation>
    </message>
    <message>
        <source>was prepared {0}, which no command can repeat</source>
        <translation>wurde {0} vorbereitet; das wiederholt kein Befehl</translation>
    </message>
    <message>
        <source>was trained again, to other weights than those of its records</source>
        <translation>wurde mit anderen Gewichten neu trainiert als denen, von denen seine Aufzeichnungen sind</translation>
    </message>
    <message>
        <source>with 1 other, p by max-T is at least {0}</source>
        <translation>mit 1 anderen ist p nach max-T mindestens {0}</translation>
    </message>
    <message>
        <source>with {0} others, p by max-T is at least {1}</source>
        <translation>mit {0} anderen ist p nach max-T mindestens {1}</translation>
    </message>
    <message>
        <source>without values, or of other groups: {0}</source>
        <translation>ohne Werte oder aus anderen Gruppen: {0}</translation>
    </message>
    <message>
        <source>would contain {0} files, but an archive can contain at most {1}</source>
        <translation>hätte {0} Dateien, ein Archiv höchstens {1}</translation>
    </message>
    <message>
        <source>would have more than {0} bytes</source>
        <translation>hätte mehr als {0} Bytes</translation>
    </message>
    <message>
        <source>write @X,Y,Z</source>
        <translation>@X,Y,Z schreiben</translation>
    </message>
    <message>
        <source>write a .gif</source>
        <translation>ein .gif schreiben</translation>
    </message>
    <message>
        <source>y does not vary within subjects, so that removing their means removes all there is to learn</source>
        <translation>y unterscheidet sich innerhalb der Personen nicht; ihre Mittel zu entfernen, entfernt alles Lernbare</translation>
    </message>
    <message>
        <source>z of {0}</source>
        <translation>z von {0}</translation>
    </message>
    <message>
        <source>{0} [{1}, {2}]</source>
        <translation>{0} [{1}; {2}]</translation>
    </message>
    <message>
        <source>{0} and of {1}</source>
        <translation>{0} und von {1}</translation>
    </message>
    <message>
        <source>{0} clusters, threshold {1}</source>
        <translation>{0} Cluster, geschnitten bei {1}</translation>
    </message>
    <message>
        <source>{0} dots per inch is out of range</source>
        <translation>{0} Punkte je Zoll ergeben keinen Sinn</translation>
    </message>
    <message>
        <source>{0} groups</source>
        <translation>{0} Gruppen</translation>
    </message>
    <message>
        <source>{0} has no map of {1}</source>
        <translation>{0} hat keine Karte von {1}</translation>
    </message>
    <message>
        <source>{0} has {1}</source>
        <translation>{0} hat {1}</translation>
    </message>
    <message>
        <source>{0} has {1}; give {2}:B-A</source>
        <translation>{0} hat {1}; {2}:B-A angeben</translation>
    </message>
    <message>
        <source>{0} is missing</source>
        <translation>{0} fehlt</translation>
    </message>
    <message>
        <source>{0} is {1}</source>
        <translation>{0} ist {1}</translation>
    </message>
    <message>
        <source>{0} is {1}, which is {2}</source>
        <translation>{0} ist {1}, das ist {2}</translation>
    </message>
    <message>
        <source>{0} maps cannot be compared</source>
        <translation>{0} Karten lassen sich nicht vergleichen</translation>
    </message>
    <message>
        <source>{0} minus the mean of {1} others</source>
        <translation>{0} minus das Mittel von {1} anderen</translation>
    </message>
    <message>
        <source>{0} nearest scans cannot be listed: ask for 1 or more</source>
        <translation>{0} nächste Scans ergeben keinen Sinn: mindestens 1 verlangen</translation>
    </message>
    <message>
        <source>{0} nor {1}</source>
        <translation>{0} noch {1}</translation>
    </message>
    <message>
        <source>{0} of 1 map</source>
        <translation>{0} von 1 Karte</translation>
    </message>
    <message>
        <source>{0} of the scans do not fit the network, or only with caution</source>
        <translation>{0} der Scans passen nicht oder nur mit Vorsicht zum Netz</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{0} von {1}</translation>
    </message>
    <message>
        <source>{0} of {1} is {2}, which is not a number</source>
        <translation>{0} von {1} ist {2}, das ist keine Zahl</translation>
    </message>
    <message>
        <source>{0} of {1} maps</source>
        <translation>{0} von {1} Karten</translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation>{0} auf {1}</translation>
    </message>
    <message>
        <source>{0} or {1}</source>
        <translation>{0} oder {1}</translation>
    </message>
    <message>
        <source>{0} participants without a map</source>
        <translation>{0} Teilnehmer ohne Karte</translation>
    </message>
    <message>
        <source>{0} participants: {1}</source>
        <translation>{0} Teilnehmer: {1}</translation>
    </message>
    <message>
        <source>{0} people have</source>
        <translation>{0} Personen haben</translation>
    </message>
    <message>
        <source>{0} people have several sessions, which are tested as independent scans: p is not valid</source>
        <translation>{0} Personen haben mehrere Sitzungen, die als unabhängige Scans getestet werden: p gilt nicht</translation>
    </message>
    <message>
        <source>a movie cannot last {0} s</source>
        <translation>{0} s ist keine Länge eines Films</translation>
    </message>
    <message>
        <source>{0} scans</source>
        <translation>{0} Scans</translation>
    </message>
    <message>
        <source>{0} several sessions, which are tested as independent scans: p is not valid</source>
        <translation>{0} mehrere Sitzungen, die als unabhängige Scans getestet werden: p gilt nicht</translation>
    </message>
    <message>
        <source>{0} slices cannot be drawn</source>
        <translation>{0} Schichten lassen sich nicht zeichnen</translation>
    </message>
    <message>
        <source>{0} step {1} of {2}</source>
        <translation>{0} Schritt {1} von {2}</translation>
    </message>
    <message>
        <source>{0} needs it as a number</source>
        <translation>{0} nimmt es als Zahl</translation>
    </message>
    <message>
        <source>{0} voxels are shown instead of {1}: as many reach the value of the last one, {2}</source>
        <translation>{0} Voxel werden gezeigt, {1} sind verlangt: so viele erreichen den Wert des letzten, {2}</translation>
    </message>
    <message>
        <source>{0} voxels have</source>
        <translation>{0} Voxel haben</translation>
    </message>
    <message>
        <source>{0} voxels have p ≤ {1} ({2})</source>
        <translation>{0} Voxel haben p ≤ {1} ({2})</translation>
    </message>
    <message>
        <source>{0} voxels have p ≤ {1} ({2}): |{3}| ≥ {4}</source>
        <translation>{0} Voxel haben p ≤ {1} ({2}): |{3}| ≥ {4}</translation>
    </message>
    <message>
        <source>{0} voxels without which the cost is smaller were {1}</source>
        <translation>{0} Voxel, ohne die die Kosten kleiner sind, wurden {1}</translation>
    </message>
    <message>
        <source>{0} without features are left out: {1}</source>
        <translation>{0} ohne Merkmale fehlen: {1}</translation>
    </message>
    <message>
        <source>{0} x {1} pixels are too few for {2} slices</source>
        <translation>{0} × {1} Pixel haben keinen Platz für {2} Schichten</translation>
    </message>
    <message>
        <source>{0} x {1} pixels cannot be drawn</source>
        <translation>{0} × {1} Pixel lassen sich nicht zeichnen</translation>
    </message>
    <message>
        <source>{0}, channel {1}</source>
        <translation>{0}, Kanal {1}</translation>
    </message>
    <message>
        <source>{0}, only on {1} networks</source>
        <translation>{0}, nur bei Netzen der Art {1}</translation>
    </message>
    <message>
        <source>{0}, rank {1} of {2}</source>
        <translation>{0}, Rang {1} von {2}</translation>
    </message>
    <message>
        <source>{0}, volume {1}</source>
        <translation>{0}, Volumen {1}</translation>
    </message>
    <message>
        <source>{0}, {1} failed</source>
        <translation>{0}, {1} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{0}, {1} scans</source>
        <translation>{0}, {1} Scans</translation>
    </message>
    <message>
        <source>{0}: nothing reaches {1}; its largest |value| is {2}</source>
        <translation>{0}: nichts erreicht {1}; der größte |Wert| ist {2}</translation>
    </message>
    <message>
        <source>{0}: the largest |value|, {1}, is in a cluster that was removed</source>
        <translation>{0}: der größte |Wert|, {1}, liegt in einem ausgelassenen Cluster</translation>
    </message>
    <message>
        <source>{0}: the worker failed ({1}: {2})</source>
        <translation>{0}: der Worker versagte ({1}: {2})</translation>
    </message>
    <message>
        <source>{0}: {1}, so there are no bodies</source>
        <translation>{0}: {1}, daher gibt es keine Körper</translation>
    </message>
    <message>
        <source>{0}: {1}; give it more memory, or use fewer workers</source>
        <translation>{0}: {1}; mehr Speicher geben oder weniger Worker nehmen</translation>
    </message>
    <message>
        <source>|z| is {0} or more {1}; 5 % are expected by chance</source>
        <translation>|z| ist {0} oder mehr {1}; 5 % wären Zufall</translation>
    </message>
    <message>
        <source>−log10 of p (FWE) of {0}</source>
        <translation>−log10 von p (FWE) von {0}</translation>
    </message>
    <message>
        <source>−log10 of p (FWE, TFCE) of {0}</source>
        <translation>−log10 von p (FWE, TFCE) von {0}</translation>
    </message>
    <message>
        <source>−log10 of q (FDR) of {0}</source>
        <translation>−log10 von q (FDR) von {0}</translation>
    </message>
</context>
</TS>
