<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="de">
<context>
    <name>PaletteWords</name>
    <message>
        <source>Abbildung kopieren</source>
        <translation>zwischenablage bild einfügen folie screenshot</translation>
    </message>
    <message>
        <source>Abbildung speichern</source>
        <translation>exportieren sichern bild png svg pdf paper folie vortrag drucken screenshot bildschirmfoto</translation>
    </message>
    <message>
        <source>Abbrechen</source>
        <translation>stoppen anhalten unterbrechen rechnung berechnung ende</translation>
    </message>
    <message>
        <source>Alles durchsuchen</source>
        <translation>finden suchen palette befehl</translation>
    </message>
    <message>
        <source>Als Befehl kopieren</source>
        <translation>kommandozeile shell skript reproduzieren zwischenablage terminal</translation>
    </message>
    <message>
        <source>Als DICOM exportieren</source>
        <translation>pacs archiv segmentierung parametrische karte schicken senden</translation>
    </message>
    <message>
        <source>Als Seite weitergeben</source>
        <translation>exportieren html web browser mail schicken interaktiv teilen</translation>
    </message>
    <message>
        <source>Als Skript kopieren</source>
        <translation>shell reproduzieren erklären bash zwischenablage methodenteil</translation>
    </message>
    <message>
        <source>Anleitung</source>
        <translation>hilfe handbuch dokumentation tutorial</translation>
    </message>
    <message>
        <source>Anleitung zu diesem Bereich</source>
        <translation>hilfe handbuch dokumentation erklären</translation>
    </message>
    <message>
        <source>Anordnung entfernen</source>
        <translation>löschen bereiche panels fenster docks layout</translation>
    </message>
    <message>
        <source>Anordnung speichern</source>
        <translation>bereiche panels fenster docks layout sichern</translation>
    </message>
    <message>
        <source>Ansicht zurücksetzen</source>
        <translation>standard kamera fadenkreuz zoom mitte</translation>
    </message>
    <message>
        <source>Ansicht: rückgängig</source>
        <translation>zurück undo fehler vorige widerrufen</translation>
    </message>
    <message>
        <source>Ansicht: wiederholen</source>
        <translation>redo noch einmal vorwärts</translation>
    </message>
    <message>
        <source>Atlas</source>
        <translation>namen von regionen areale labels</translation>
    </message>
    <message>
        <source>Atlas schließen</source>
        <translation>entfernen ausblenden regionen labels</translation>
    </message>
    <message>
        <source>Atlas öffnen</source>
        <translation>laden parzellierung hirnareale hirnregionen namen von regionen labels anatomie</translation>
    </message>
    <message>
        <source>Auf MNI152 registrieren</source>
        <translation>registrieren normalisieren ausrichten vorlage standardraum koregistrieren</translation>
    </message>
    <message>
        <source>Auf Schnitten</source>
        <translation>karte überlagern zeigen ausblenden</translation>
    </message>
    <message>
        <source>Beenden</source>
        <translation>schließen programm verlassen ende</translation>
    </message>
    <message>
        <source>Bereich Anzeige</source>
        <translation>schwellenwert farben aussehen einstellungen darstellung</translation>
    </message>
    <message>
        <source>Bereich Cluster</source>
        <translation>tabelle maxima regionen koordinaten</translation>
    </message>
    <message>
        <source>Bereich Karten</source>
        <translation>liste von overlays heatmaps ergebnisse</translation>
    </message>
    <message>
        <source>Bereich Kohorte</source>
        <translation>gruppe teilnehmer probanden statistik population</translation>
    </message>
    <message>
        <source>Bereich Methode</source>
        <translation>erklärung algorithmus parameter einstellungen</translation>
    </message>
    <message>
        <source>Bereich Modell</source>
        <translation>netz vorhersage antwort klasse wahrscheinlichkeit karte</translation>
    </message>
    <message>
        <source>Bereich Schichten</source>
        <translation>netz architektur aktivierungen kanäle operatoren</translation>
    </message>
    <message>
        <source>Bereich Studie</source>
        <translation>1995 pet morch</translation>
    </message>
    <message>
        <source>Bereich Vergleich</source>
        <translation>zwei karten unterschied differenz ähnlichkeit dice korrelation nebeneinander</translation>
    </message>
    <message>
        <source>Bereich Vertrauen</source>
        <translation>karte trauen prüfungen glauben trauen verlässlich gültig qualität belege</translation>
    </message>
    <message>
        <source>Bereich Vorbereiten</source>
        <translation>vorverarbeitung registrieren schädel bias vorlage</translation>
    </message>
    <message>
        <source>Bereiche zurücksetzen</source>
        <translation>standard layout panels fenster docks verloren fehlt anordnung wiederherstellen</translation>
    </message>
    <message>
        <source>Bericht der Prüfungen speichern</source>
        <translation>exportieren sichern html vertrauen belege</translation>
    </message>
    <message>
        <source>Betrag der Schwelle</source>
        <translation>schwellenwert zahl perzentil</translation>
    </message>
    <message>
        <source>Bias-Feld korrigieren</source>
        <translation>n4 inhomogenität intensität</translation>
    </message>
    <message>
        <source>Cluster speichern</source>
        <translation>exportieren sichern tabelle csv excel maxima koordinaten</translation>
    </message>
    <message>
        <source>DICOM- oder BIDS-Ordner öffnen</source>
        <translation>laden serie verzeichnis datensatz patient aufmachen</translation>
    </message>
    <message>
        <source>Darstellung</source>
        <translation>überblenden blinken nebeneinander differenz unterschied</translation>
    </message>
    <message>
        <source>Deckkraft</source>
        <translation>transparenz durchsichtig alpha überlagerung</translation>
    </message>
    <message>
        <source>Demonstration: simulierte Läsionen</source>
        <translation>beispiel daten demo ausprobieren</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>karte angaben lizenz population trainingsdaten leistung</translation>
    </message>
    <message>
        <source>Dunkel</source>
        <translation>farbschema theme schwarz hintergrund nacht modus</translation>
    </message>
    <message>
        <source>Dunkel und hell wechseln</source>
        <translation>theme umschalten schwarz weiß hintergrund farbschema modus</translation>
    </message>
    <message>
        <source>Eigener Farbbereich</source>
        <translation>grenzen der farbskala minimum maximum fenster</translation>
    </message>
    <message>
        <source>Ergebnisbericht speichern</source>
        <translation>pdf-bericht exportieren sichern pdf html befund zusammenfassung ergebnis dokument eine seite</translation>
    </message>
    <message>
        <source>Farben</source>
        <translation>farbpalette farbton farbenblind farbtafel</translation>
    </message>
    <message>
        <source>Farbskala</source>
        <translation>legende farbbalken</translation>
    </message>
    <message>
        <source>Film speichern</source>
        <translation>exportieren sichern video mp4 gif animation drehen</translation>
    </message>
    <message>
        <source>Ganzer Kopf: vorbereiten (simuliert)</source>
        <translation>beispiel daten demo schädel registrierung</translation>
    </message>
    <message>
        <source>Glasgehirn</source>
        <translation>durchsichtig oberfläche kortex glass brain</translation>
    </message>
    <message>
        <source>Glättung</source>
        <translation>glätten weichzeichnen karte gauß fwhm filter</translation>
    </message>
    <message>
        <source>Grad-CAM</source>
        <translation>klassenaktivierung</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>salienz empfindlichkeit</translation>
    </message>
    <message>
        <source>Grundansicht</source>
        <translation>standard kamera drehung zurücksetzen anfang</translation>
    </message>
    <message>
        <source>Gruppenkarte</source>
        <translation>gruppe statistik mittel mittelwert t-test signifikanz teilnehmer auswertung</translation>
    </message>
    <message>
        <source>Größte Cluster</source>
        <translation>anzahl von körpern stärkste wie viele</translation>
    </message>
    <message>
        <source>Hell</source>
        <translation>farbschema theme weiß hintergrund tag modus</translation>
    </message>
    <message>
        <source>Hirnmaske auf Schnitten</source>
        <translation>kontur schädel qualität</translation>
    </message>
    <message>
        <source>Ineinander</source>
        <translation>verschachtelt innen außen durchscheinend schale oberflächen</translation>
    </message>
    <message>
        <source>Karte berechnen</source>
        <translation>warum erklären erklärung starten heatmap grund entscheiden entscheidung netz sagt</translation>
    </message>
    <message>
        <source>Karte mit den anderen zeichnen</source>
        <translation>mehrere karten zugleich überlagern behalten zusammen</translation>
    </message>
    <message>
        <source>Karte speichern</source>
        <translation>exportieren sichern schreiben nifti nii datei heatmap</translation>
    </message>
    <message>
        <source>Karte umbenennen</source>
        <translation>titel beschriftung name legende</translation>
    </message>
    <message>
        <source>Karte öffnen</source>
        <translation>laden overlay heatmap salienz relevanz erklärung ergebnis</translation>
    </message>
    <message>
        <source>Kernel SHAP</source>
        <translation>shapley werte</translation>
    </message>
    <message>
        <source>Kleinster Cluster</source>
        <translation>kleine ausblenden entfernen winzige rauschen mindestgröße</translation>
    </message>
    <message>
        <source>Kohortenordner öffnen</source>
        <translation>laden viele probanden teilnehmer population verzeichnis</translation>
    </message>
    <message>
        <source>LIME</source>
        <translation>lokal interpretierbar superpixel</translation>
    </message>
    <message>
        <source>LRP, composite</source>
        <translation>schichtweise relevanz propagation</translation>
    </message>
    <message>
        <source>LRP-0</source>
        <translation>schichtweise relevanz propagation null</translation>
    </message>
    <message>
        <source>LRP-αβ</source>
        <translation>schichtweise relevanz propagation alpha beta</translation>
    </message>
    <message>
        <source>LRP-γ</source>
        <translation>schichtweise relevanz propagation gamma</translation>
    </message>
    <message>
        <source>LRP-ε</source>
        <translation>schichtweise relevanz propagation epsilon</translation>
    </message>
    <message>
        <source>Links und rechts tauschen</source>
        <translation>spiegeln seite verkehrt falsch herum seitenverkehrt orientierung konvention vertauscht</translation>
    </message>
    <message>
        <source>Maske und Transformation speichern</source>
        <translation>exportieren sichern hirnmaske registrierung matrix affine</translation>
    </message>
    <message>
        <source>Maßstab</source>
        <translation>lineal länge zentimeter größe maßstabsbalken</translation>
    </message>
    <message>
        <source>Merkmale sichtbar machen</source>
        <translation>aktivierung maximieren kanal neuron filter merkmalsvisualisierung</translation>
    </message>
    <message>
        <source>Mit Kontrollen vergleichen</source>
        <translation>z-wert abweichung patient gesunde normal</translation>
    </message>
    <message>
        <source>Modell öffnen</source>
        <translation>laden neuronales netz gewichte checkpoint onnx pytorch keras aufmachen</translation>
    </message>
    <message>
        <source>Modellordner öffnen</source>
        <translation>laden nnunet monai bundle folds verzeichnis</translation>
    </message>
    <message>
        <source>Mosaik oder drei Schnitte</source>
        <translation>lightbox montage raster alle schichten auf einmal</translation>
    </message>
    <message>
        <source>Nur Umriss</source>
        <translation>kontur rand</translation>
    </message>
    <message>
        <source>Oberflächen speichern</source>
        <translation>3d-druck exportieren sichern mesh 3d druck stl obj glb blender modell</translation>
    </message>
    <message>
        <source>Occlusion</source>
        <translation>okklusion verdecken abdecken fenster</translation>
    </message>
    <message>
        <source>Präsentationsmodus</source>
        <translation>vollbild vortrag beamer publikum folie kiosk</translation>
    </message>
    <message>
        <source>Prüfungen des Scans</source>
        <translation>passt geeignet netz trainiert gültig eingabe qualität vorsicht</translation>
    </message>
    <message>
        <source>Scan vorbereiten</source>
        <translation>vorverarbeiten vorverarbeitung registrieren normalisieren schädel vorlage pipeline</translation>
    </message>
    <message>
        <source>Scan öffnen</source>
        <translation>laden bild hirn gehirn kopf nifti mrt t1 flair volumen datei aufmachen</translation>
    </message>
    <message>
        <source>Schicht</source>
        <translation>wo faltung beginn</translation>
    </message>
    <message>
        <source>Schnitte als Befehl kopieren</source>
        <translation>kommandozeile shell skript reproduzieren zwischenablage terminal</translation>
    </message>
    <message>
        <source>Schnitte an Wänden</source>
        <translation>fadenkreuz mitte position</translation>
    </message>
    <message>
        <source>Schnitte speichern</source>
        <translation>exportieren sichern bild png svg pdf orthogonale ansichten screenshot</translation>
    </message>
    <message>
        <source>Schwelle</source>
        <translation>schwellenwert abschneiden weniger mehr regler</translation>
    </message>
    <message>
        <source>Schwelle nach</source>
        <translation>schwellenwert perzentil wert größte anzahl von voxeln art</translation>
    </message>
    <message>
        <source>Schädel entfernen</source>
        <translation>skull strip gehirn extrahieren bet</translation>
    </message>
    <message>
        <source>Sitzung speichern</source>
        <translation>exportieren sichern projekt meine arbeit später fortsetzen alles zustand</translation>
    </message>
    <message>
        <source>Sitzung öffnen</source>
        <translation>laden wiederherstellen fortsetzen projekt frühere arbeit</translation>
    </message>
    <message>
        <source>Studie von 1995</source>
        <translation>pet morch aktivierung ganzes netz training tabelle von scans</translation>
    </message>
    <message>
        <source>Tastenkürzel</source>
        <translation>tastatur tasten tastenkombination shortcuts maus</translation>
    </message>
    <message>
        <source>Umriss der Vorlage auf Schnitten</source>
        <translation>kontur mni registrierung qualität</translation>
    </message>
    <message>
        <source>Unsicherheit</source>
        <translation>vorhersage konfidenz intervall sicher fehlerbalken dropout ensemble standardabweichung</translation>
    </message>
    <message>
        <source>Von der vorderen Ecke</source>
        <translation>kamera blick schräg winkel</translation>
    </message>
    <message>
        <source>Von hinten</source>
        <translation>kamera blick posterior</translation>
    </message>
    <message>
        <source>Von links</source>
        <translation>kamera blick seite lateral sagittal</translation>
    </message>
    <message>
        <source>Von oben</source>
        <translation>kamera blick superior</translation>
    </message>
    <message>
        <source>Von rechts</source>
        <translation>kamera blick seite lateral sagittal</translation>
    </message>
    <message>
        <source>Von unten</source>
        <translation>kamera blick inferior</translation>
    </message>
    <message>
        <source>Von vorn</source>
        <translation>kamera blick anterior gesicht</translation>
    </message>
    <message>
        <source>Vorbereiten</source>
        <translation>schädel registrierung normalisieren vorverarbeiten</translation>
    </message>
    <message>
        <source>Vorzeichen</source>
        <translation>positiv positive negativ negative über unter null nur werte</translation>
    </message>
    <message>
        <source>Ziel</source>
        <translation>klasse ausgabe label logit erklären</translation>
    </message>
    <message>
        <source>Über das Programm</source>
        <translation>version lizenz zitieren bibliotheken autor</translation>
    </message>
</context>
</TS>
