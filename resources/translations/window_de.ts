<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>A map shows what a network used, not what is there. MIT licence.</source>
        <translation>Eine Karte zeigt, was ein Netz genutzt hat, nicht was da ist. MIT-Lizenz.</translation>
    </message>
    <message>
        <source>About Saliency Viewer</source>
        <translation>Über Saliency Viewer</translation>
    </message>
    <message>
        <source>Explains the decisions of neural networks on brain scans.</source>
        <translation>Zeigt, warum ein neuronales Netz über einen Hirnscan entscheidet, wie es entscheidet.</translation>
    </message>
    <message>
        <source>Not for diagnosis.</source>
        <translation>Nicht für Diagnosen.</translation>
    </message>
    <message>
        <source>Please cite the method of a map (named in its panel) and this program.</source>
        <translation>Bitte zitieren Sie die Methode einer Karte (in ihrem Bereich genannt) und dieses Programm.</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versionen</translation>
    </message>
    <message>
        <source>from a checkout</source>
        <translation>aus einem Checkout</translation>
    </message>
</context>
<context>
    <name>Application</name>
    <message>
        <source>Something went wrong ({}: {}). Your maps are safe.</source>
        <translation>Etwas ist schiefgegangen ({}: {}). Ihre Karten sind sicher.</translation>
    </message>
    <message>
        <source>Unexpected error</source>
        <translation>Unerwarteter Fehler</translation>
    </message>
</context>
<context>
    <name>ApproximationSelector</name>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Correlation with networks retrained without each of a few voxels.</source>
        <translation>Korrelation mit Netzen, die ohne jeweils eines von wenigen Voxeln neu trainiert wurden.</translation>
    </message>
    <message>
        <source>Equation (10) as printed, without the cross terms between components.</source>
        <translation>Gleichung (10), wie sie gedruckt ist, ohne die Terme zwischen Komponenten.</translation>
    </message>
    <message>
        <source>Equation (11): Σ (exact − this)² / Σ exact². 0 means no difference.</source>
        <translation>Gleichung (11): Σ (exakt − dies)² / Σ exakt². 0 heißt kein Unterschied.</translation>
    </message>
    <message>
        <source>Exact</source>
        <translation>Exakt</translation>
    </message>
    <message>
        <source>Exact, retrained</source>
        <translation>Exakt, neu trainiert</translation>
    </message>
    <message>
        <source>First order</source>
        <translation>Erste Ordnung</translation>
    </message>
    <message>
        <source>Second order</source>
        <translation>Zweite Ordnung</translation>
    </message>
    <message>
        <source>Second order, cross terms</source>
        <translation>Zweite Ordnung mit Kreuztermen</translation>
    </message>
    <message>
        <source>The actual change of the error, with the weights unchanged.</source>
        <translation>Die Änderung des Fehlers selbst, bei unveränderten Gewichten.</translation>
    </message>
    <message>
        <source>The change after retraining the weights, by one Newton step per voxel.</source>
        <translation>Die Änderung, nachdem die Gewichte neu trainiert sind, mit einem Newton-Schritt je Voxel.</translation>
    </message>
    <message>
        <source>The first term of the expansion of the training error, equation (10).</source>
        <translation>Der erste Term der Entwicklung des Trainingsfehlers, Gleichung (10).</translation>
    </message>
    <message>
        <source>The others are compared with this one.</source>
        <translation>Die anderen werden mit dieser verglichen.</translation>
    </message>
    <message>
        <source>With the cross terms between components: the full second order.</source>
        <translation>Mit den Termen zwischen Komponenten: die ganze zweite Ordnung.</translation>
    </message>
    <message>
        <source>f</source>
        <translation>f</translation>
    </message>
    <message>
        <source>f₁</source>
        <translation>f₁</translation>
    </message>
    <message>
        <source>f₂</source>
        <translation>f₂</translation>
    </message>
    <message>
        <source>r = {:z.4f}</source>
        <translation>r = {:z.4f}</translation>
    </message>
    <message>
        <source>reference</source>
        <translation>Referenz</translation>
    </message>
</context>
<context>
    <name>BackgroundTasks</name>
    <message>
        <source>{}: {}</source>
        <translation>{}: {}</translation>
    </message>
</context>
<context>
    <name>BoxView</name>
    <message>
        <source>3D box with slices and surfaces</source>
        <translation>3D-Box mit Schnitten und Oberflächen</translation>
    </message>
    <message>
        <source>Drag: rotate. Wheel: zoom. Click: move the crosshair. Double-click: home view.</source>
        <translation>Ziehen: drehen. Mausrad: zoomen. Klick: Fadenkreuz setzen. Doppelklick: Grundansicht.</translation>
    </message>
    <message>
        <source>No scan is open. Open one (Ctrl+O), or drop it on the window.</source>
        <translation>Kein Scan ist geöffnet. Öffnen Sie einen (Strg+O), oder ziehen Sie ihn auf das Fenster.</translation>
    </message>
    <message>
        <source>No scan is shown: {}</source>
        <translation>Es wird kein Scan gezeigt: {}</translation>
    </message>
    <message>
        <source>Preparing the box …</source>
        <translation>Die Box wird vorbereitet …</translation>
    </message>
</context>
<context>
    <name>ChannelRanking</name>
    <message>
        <source>By number: a click shows a channel&apos;s activation. By relevance: the channels most relevant to the target of the Method panel come first, and a click shows the relevance that passes through a channel (CRP)</source>
        <translation>Nach Nummer: Ein Klick zeigt die Aktivierung eines Kanals. Nach Relevanz: Die Kanäle stehen vorn, die für das Ziel des Bereichs Methode am wichtigsten sind, und ein Klick zeigt die Relevanz, die durch einen Kanal läuft (CRP)</translation>
    </message>
    <message>
        <source>By number: activation</source>
        <translation>Nach Nummer: Aktivierung</translation>
    </message>
    <message>
        <source>By relevance for the target</source>
        <translation>Nach Relevanz für das Ziel</translation>
    </message>
    <message>
        <source>No ranking: {}</source>
        <translation>Keine Rangfolge: {}</translation>
    </message>
    <message>
        <source>Order of the channels</source>
        <translation>Reihenfolge der Kanäle</translation>
    </message>
    <message>
        <source>Ranking the channels of {}</source>
        <translation>Kanäle von {} ordnen</translation>
    </message>
    <message>
        <source>Ranking the channels of {} …</source>
        <translation>Kanäle von {} werden geordnet …</translation>
    </message>
    <message>
        <source>Stopped. Click the layer to continue.</source>
        <translation>Angehalten. Klicken Sie auf die Schicht, um fortzufahren.</translation>
    </message>
</context>
<context>
    <name>ChecksDock</name>
    <message>
        <source>Add its maps to the list</source>
        <translation>Karten zur Liste hinzufügen</translation>
    </message>
    <message>
        <source>Add the maps that this check computed to the list of maps</source>
        <translation>Die Karten, die diese Prüfung berechnet hat, zur Liste der Karten hinzufügen</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Prüfung</translation>
    </message>
    <message>
        <source>Check this map</source>
        <translation>Karte prüfen</translation>
    </message>
    <message>
        <source>Checking {}</source>
        <translation>{} wird geprüft</translation>
    </message>
    <message>
        <source>Checks</source>
        <translation>Prüfungen</translation>
    </message>
    <message>
        <source>Checks need the scan that the map was computed from.</source>
        <translation>Prüfungen brauchen den Scan, aus dem die Karte berechnet wurde.</translation>
    </message>
    <message>
        <source>Choose a mask of the region known to be relevant, to compare it with the map</source>
        <translation>Eine Maske der Region wählen, von der man weiß, dass sie wichtig ist, um die Karte damit zu vergleichen</translation>
    </message>
    <message>
        <source>Covariates held fixed by the checks</source>
        <translation>Kovariaten, die die Prüfungen konstant halten</translation>
    </message>
    <message>
        <source>Does not support the map</source>
        <translation>Spricht nicht für die Karte</translation>
    </message>
    <message>
        <source>Doubtful</source>
        <translation>Zweifelhaft</translation>
    </message>
    <message>
        <source>Limits: {}</source>
        <translation>Grenzen: {}</translation>
    </message>
    <message>
        <source>Maps are compared with {}</source>
        <translation>Karten werden mit {} verglichen</translation>
    </message>
    <message>
        <source>Maps are compared with {}.</source>
        <translation>Karten werden mit {} verglichen.</translation>
    </message>
    <message>
        <source>Mask …</source>
        <translation>Maske …</translation>
    </message>
    <message>
        <source>No verdict</source>
        <translation>Kein Urteil</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>Zahl</translation>
    </message>
    <message>
        <source>Occlude region</source>
        <translation>Region verdecken</translation>
    </message>
    <message>
        <source>Occlude the region at the crosshair, at the current threshold, and run the network again</source>
        <translation>Die Region am Fadenkreuz bei der jetzigen Schwelle verdecken und das Netz noch einmal rechnen lassen</translation>
    </message>
    <message>
        <source>Report …</source>
        <translation>Bericht …</translation>
    </message>
    <message>
        <source>Run the checks first: Trust &gt; Check this map.</source>
        <translation>Zuerst die Prüfungen ausführen: Vertrauen &gt; Karte prüfen.</translation>
    </message>
    <message>
        <source>Running the network without the region</source>
        <translation>Das Netz rechnet ohne die Region</translation>
    </message>
    <message>
        <source>Save all results as one HTML page</source>
        <translation>Alle Ergebnisse als eine HTML-Seite speichern</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Summary of the checks</source>
        <translation>Zusammenfassung der Prüfungen</translation>
    </message>
    <message>
        <source>Supports the map</source>
        <translation>Spricht für die Karte</translation>
    </message>
    <message>
        <source>The checks take about {}.</source>
        <translation>Die Prüfungen dauern etwa {}.</translation>
    </message>
    <message>
        <source>The report was saved as {}.</source>
        <translation>Der Bericht wurde als {} gespeichert.</translation>
    </message>
    <message>
        <source>This map was computed from the scan prepared in another way; prepare the scan in the same way to check the map.</source>
        <translation>Diese Karte wurde aus dem anders vorbereiteten Scan berechnet; bereiten Sie ihn ebenso vor, um die Karte zu prüfen.</translation>
    </message>
    <message>
        <source>This region</source>
        <translation>Diese Region</translation>
    </message>
    <message>
        <source>This shows what a channel responds to in general, not this scan; it cannot be checked.</source>
        <translation>Dies zeigt, worauf ein Kanal allgemein anspricht, nicht diesen Scan; es kann nicht geprüft werden.</translation>
    </message>
    <message>
        <source>Trust</source>
        <translation>Vertrauen</translation>
    </message>
    <message>
        <source>Web pages (*.html)</source>
        <translation>Webseiten (*.html)</translation>
    </message>
</context>
<context>
    <name>ClinicalDialog</name>
    <message>
        <source>From the scan&apos;s header</source>
        <translation>Aus dem Kopf der Scan-Datei</translation>
    </message>
    <message>
        <source>Identity</source>
        <translation>Identität</translation>
    </message>
    <message>
        <source>Pseudonym</source>
        <translation>Pseudonym</translation>
    </message>
</context>
<context>
    <name>ClinicalExports</name>
    <message>
        <source>Compute or open a map first.</source>
        <translation>Berechnen oder öffnen Sie zuerst eine Karte.</translation>
    </message>
    <message>
        <source>Export as DICOM</source>
        <translation>Als DICOM exportieren</translation>
    </message>
    <message>
        <source>Include pictures</source>
        <translation>Mit Bildern</translation>
    </message>
    <message>
        <source>Include the interactive page (HTML)</source>
        <translation>Mit der interaktiven Seite (HTML)</translation>
    </message>
    <message>
        <source>Open a scan first.</source>
        <translation>Öffnen Sie zuerst einen Scan.</translation>
    </message>
    <message>
        <source>PDF, web page (*.pdf *.html)</source>
        <translation>PDF, Webseite (*.pdf *.html)</translation>
    </message>
    <message>
        <source>Save report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Saved {}</source>
        <translation>{} gespeichert</translation>
    </message>
    <message>
        <source>Saved {} in {}</source>
        <translation>{} in {} gespeichert</translation>
    </message>
    <message>
        <source>Saving {}</source>
        <translation>{} wird gespeichert</translation>
    </message>
    <message>
        <source>The map belongs to another scan.</source>
        <translation>Die Karte gehört zu einem anderen Scan.</translation>
    </message>
</context>
<context>
    <name>ClusterTooltip</name>
    <message>
        <source>Cluster {}</source>
        <translation>Cluster {}</translation>
    </message>
    <message>
        <source>Naming clusters</source>
        <translation>Cluster werden benannt</translation>
    </message>
    <message>
        <source>{:,.0f} mm³</source>
        <translation>{:,.0f} mm³</translation>
    </message>
</context>
<context>
    <name>ClustersDock</name>
    <message>
        <source>1 cluster holds {} of {}.</source>
        <translation>1 Cluster enthält {} {}.</translation>
    </message>
    <message>
        <source>Atlas …</source>
        <translation>Atlas …</translation>
    </message>
    <message>
        <source>CSV …</source>
        <translation>CSV …</translation>
    </message>
    <message>
        <source>Centre of mass {}</source>
        <translation>Schwerpunkt {}</translation>
    </message>
    <message>
        <source>Cluster {}: {}, peak {:.3g} at {}</source>
        <translation>Cluster {}: {}, Maximum {:.3g} bei {}</translation>
    </message>
    <message>
        <source>Clusters</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the whole table, for a spreadsheet</source>
        <translation>Die ganze Tabelle kopieren, für eine Tabellenkalkulation</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Mean value</source>
        <translation>Mittelwert</translation>
    </message>
    <message>
        <source>Measured on the map smoothed by {:g} mm, not on its original values.</source>
        <translation>Gemessen in der mit {:g} mm geglätteten Karte, nicht an ihren ursprünglichen Werten.</translation>
    </message>
    <message>
        <source>Measuring clusters</source>
        <translation>Cluster werden gemessen</translation>
    </message>
    <message>
        <source>No atlas is open: regions have no names.</source>
        <translation>Ohne Atlas haben Regionen keine Namen.</translation>
    </message>
    <message>
        <source>Nothing reaches the threshold.</source>
        <translation>Nichts erreicht die Schwelle.</translation>
    </message>
    <message>
        <source>Open a label or probability image that names the regions</source>
        <translation>Ein Bild mit Labels oder Wahrscheinlichkeiten öffnen, das die Regionen benennt</translation>
    </message>
    <message>
        <source>Open an atlas to name the regions.</source>
        <translation>Öffnen Sie einen Atlas, um Regionen zu benennen.</translation>
    </message>
    <message>
        <source>Peak</source>
        <translation>Max.</translation>
    </message>
    <message>
        <source>Peak at</source>
        <translation>Ort</translation>
    </message>
    <message>
        <source>Peak {} at {}</source>
        <translation>Maximum {} bei {}</translation>
    </message>
    <message>
        <source>Position of the peak in mm</source>
        <translation>Ort des Maximums in mm</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>Region at the peak</source>
        <translation>Region am Maximum</translation>
    </message>
    <message>
        <source>Save the whole table as CSV</source>
        <translation>Die ganze Tabelle als CSV speichern</translation>
    </message>
    <message>
        <source>Share of the map&apos;s sum of |values|</source>
        <translation>Anteil an der Summe der |Werte| der Karte</translation>
    </message>
    <message>
        <source>The atlas must be in the same space as the map.</source>
        <translation>Der Atlas muss im selben Raum liegen wie die Karte.</translation>
    </message>
    <message>
        <source>The {} with the largest shares are listed.</source>
        <translation>Die {} mit den größten Anteilen sind aufgeführt.</translation>
    </message>
    <message>
        <source>This is an image, not a map: it has no clusters.</source>
        <translation>Dies ist ein Bild, keine Karte: Es hat keine Cluster.</translation>
    </message>
    <message>
        <source>Value farthest from zero</source>
        <translation>Wert, der am weitesten von null entfernt ist</translation>
    </message>
    <message>
        <source>Volume, from whole voxels</source>
        <translation>Volumen, aus ganzen Voxeln</translation>
    </message>
    <message>
        <source>all relevance</source>
        <translation>der ganzen Relevanz</translation>
    </message>
    <message>
        <source>mm³</source>
        <translation>mm³</translation>
    </message>
    <message>
        <source>the activation</source>
        <translation>der Aktivierung</translation>
    </message>
    <message>
        <source>{:,} clusters hold {} of {}.</source>
        <translation>{:,} Cluster enthalten {} {}.</translation>
    </message>
    <message>
        <source>{}, {:,.0f} mm³, mean {}</source>
        <translation>{}, {:,.0f} mm³, Mittel {}</translation>
    </message>
</context>
<context>
    <name>CohortDock</name>
    <message>
        <source>Click or Enter: show the map in place of the previous one. Ctrl: keep both.</source>
        <translation>Klick oder Eingabetaste: Karte anstelle der vorigen zeigen. Strg: beide behalten.</translation>
    </message>
    <message>
        <source>Cohort</source>
        <translation>Kohorte</translation>
    </message>
    <message>
        <source>Compare one person&apos;s map with those of others, voxel by voxel</source>
        <translation>Die Karte einer Person Voxel für Voxel mit denen anderer vergleichen</translation>
    </message>
    <message>
        <source>Compare with controls …</source>
        <translation>Mit Kontrollen vergleichen …</translation>
    </message>
    <message>
        <source>Group map</source>
        <translation>Gruppenkarte</translation>
    </message>
    <message>
        <source>Group map …</source>
        <translation>Gruppenkarte …</translation>
    </message>
    <message>
        <source>The cohort has changed since the session was saved.</source>
        <translation>Die Kohorte wurde geändert, seit die Sitzung gespeichert wurde.</translation>
    </message>
    <message>
        <source>List the {} scans most similar to the selected one, by the network&apos;s features</source>
        <translation>Die {} Scans auflisten, die dem gewählten nach den Merkmalen des Netzes am ähnlichsten sind</translation>
    </message>
    <message>
        <source>Maps of many people are computed by “saliency-viewer cohort participants.tsv --model M --method NAME -o DIR”. Open the folder to see the participants and to compute group maps.</source>
        <translation>Karten vieler Menschen berechnet „saliency-viewer cohort participants.tsv --model M --method NAME -o DIR“. Öffnen Sie den Ordner, um die Teilnehmer zu sehen und Gruppenkarten zu berechnen.</translation>
    </message>
    <message>
        <source>Mean, difference between groups, or regression, tested by permutation</source>
        <translation>Mittel, Gruppenunterschied oder Regression, durch Permutation getestet</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Nearest</source>
        <translation>Ähnlichste</translation>
    </message>
    <message>
        <source>Nearest scans</source>
        <translation>Ähnlichste Scans</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Open a folder that “saliency-viewer cohort” wrote</source>
        <translation>Einen Ordner öffnen, den „saliency-viewer cohort“ geschrieben hat</translation>
    </message>
    <message>
        <source>Open cohort folder</source>
        <translation>Kohortenordner öffnen</translation>
    </message>
    <message>
        <source>Open folder …</source>
        <translation>Ordner öffnen …</translation>
    </message>
    <message>
        <source>Participants</source>
        <translation>Teilnehmer</translation>
    </message>
    <message>
        <source>Progress of the group map</source>
        <translation>Fortschritt der Gruppenkarte</translation>
    </message>
    <message>
        <source>Reading …</source>
        <translation>Wird gelesen …</translation>
    </message>
    <message>
        <source>Save group maps</source>
        <translation>Gruppenkarten speichern</translation>
    </message>
    <message>
        <source>Select a participant, or open a scan</source>
        <translation>Wählen Sie einen Teilnehmer, oder öffnen Sie einen Scan</translation>
    </message>
    <message>
        <source>Show all participants again</source>
        <translation>Wieder alle Teilnehmer zeigen</translation>
    </message>
    <message>
        <source>{} failed: {}</source>
        <translation>{} fehlgeschlagen: {}</translation>
    </message>
    <message>
        <source>{} has no map: the run was not finished.</source>
        <translation>{} hat keine Karte: Der Lauf wurde nicht beendet.</translation>
    </message>
    <message>
        <source>Participants: {} of {}, {} with a map</source>
        <translation>Teilnehmer: {} von {}, {} mit Karte</translation>
    </message>
</context>
<context>
    <name>CohortRunner</name>
    <message>
        <source>Finding the nearest scans</source>
        <translation>Ähnlichste Scans werden gesucht</translation>
    </message>
    <message>
        <source>Group map of {}</source>
        <translation>Gruppenkarte von {}</translation>
    </message>
    <message>
        <source>Opening {}</source>
        <translation>{} wird geöffnet</translation>
    </message>
    <message>
        <source>Reading {}</source>
        <translation>{} wird gelesen</translation>
    </message>
    <message>
        <source>Saved {}, {} …</source>
        <translation>{} gespeichert, {} …</translation>
    </message>
    <message>
        <source>Saving {}</source>
        <translation>{} wird gespeichert</translation>
    </message>
</context>
<context>
    <name>CohortTableModel</name>
    <message>
        <source>Distance</source>
        <translation>Abstand</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Passung</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>P({})</source>
        <translation>P({})</translation>
    </message>
    <message>
        <source>Participant</source>
        <translation>Teilnehmer</translation>
    </message>
    <message>
        <source>Prediction</source>
        <translation>Vorhersage</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>itself</source>
        <translation>er selbst</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
</context>
<context>
    <name>ColourSwatch</name>
    <message>
        <source>Above and below zero</source>
        <translation>Über und unter null</translation>
    </message>
    <message>
        <source>Above zero</source>
        <translation>Über null</translation>
    </message>
</context>
<context>
    <name>CommandLineBox</name>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Copy command</source>
        <translation>Befehl kopieren</translation>
    </message>
    <message>
        <source>Copy the command that gives the same result</source>
        <translation>Den Befehl kopieren, der dasselbe Ergebnis liefert</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Nothing found.</source>
        <translation>Nichts gefunden.</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>What do you want to do, see or know?</source>
        <translation>Was möchten Sie tun, sehen oder wissen?</translation>
    </message>
</context>
<context>
    <name>CompareArea</name>
    <message>
        <source>3D box of the difference</source>
        <translation>3D-Box der Differenz</translation>
    </message>
    <message>
        <source>3D box of the second map</source>
        <translation>3D-Box der zweiten Karte</translation>
    </message>
    <message>
        <source>A − B, normalised</source>
        <translation>A − B, normiert</translation>
    </message>
    <message>
        <source>{}  {:.0%}  ·  {}  {:.0%}</source>
        <translation>{}  {:.0%}  ·  {}  {:.0%}</translation>
    </message>
</context>
<context>
    <name>CompareDock</name>
    <message>
        <source>A comparison needs two maps. Compute or open another one.</source>
        <translation>Ein Vergleich braucht zwei Karten. Berechnen oder öffnen Sie eine weitere.</translation>
    </message>
    <message>
        <source>A to B</source>
        <translation>A nach B</translation>
    </message>
    <message>
        <source>AUC, A predicts B</source>
        <translation>AUC, A sagt B voraus</translation>
    </message>
    <message>
        <source>AUC, B predicts A</source>
        <translation>AUC, B sagt A voraus</translation>
    </message>
    <message>
        <source>Choose a second map: both are thresholded to the same volume.</source>
        <translation>Wählen Sie eine zweite Karte: Beide werden auf dasselbe Volumen beschnitten.</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Compare with</source>
        <translation>Vergleichen mit</translation>
    </message>
    <message>
        <source>Comparing …</source>
        <translation>Vergleich läuft …</translation>
    </message>
    <message>
        <source>Correlation of the ranks: -1 to 1</source>
        <translation>Korrelation der Ränge: −1 bis 1</translation>
    </message>
    <message>
        <source>Correlation of the values: -1 to 1</source>
        <translation>Korrelation der Werte: −1 bis 1</translation>
    </message>
    <message>
        <source>Dice</source>
        <translation>Dice</translation>
    </message>
    <message>
        <source>Dice expected by chance</source>
        <translation>Dice durch Zufall</translation>
    </message>
    <message>
        <source>Display</source>
        <translation>Darstellung</translation>
    </message>
    <message>
        <source>Divergence in nats; 0 if both are the same</source>
        <translation>Divergenz in nat; 0, wenn beide gleich sind</translation>
    </message>
    <message>
        <source>Fade</source>
        <translation>Überblenden</translation>
    </message>
    <message>
        <source>Flicker</source>
        <translation>Wechseln</translation>
    </message>
    <message>
        <source>For the same number of voxels drawn at random</source>
        <translation>Für gleich viele zufällig gezogene Voxel</translation>
    </message>
    <message>
        <source>From A to B</source>
        <translation>Von A nach B</translation>
    </message>
    <message>
        <source>How well A&apos;s values predict B&apos;s voxels; 0.5 is chance</source>
        <translation>Wie gut die Werte von A die Voxel von B vorhersagen; 0.5 ist Zufall</translation>
    </message>
    <message>
        <source>How well B&apos;s values predict A&apos;s voxels</source>
        <translation>Wie gut die Werte von B die Voxel von A vorhersagen</translation>
    </message>
    <message>
        <source>Intersection over union of these voxels</source>
        <translation>Schnittmenge durch Vereinigungsmenge dieser Voxel</translation>
    </message>
    <message>
        <source>IoU</source>
        <translation>IoU</translation>
    </message>
    <message>
        <source>KL, A from B</source>
        <translation>KL, A von B</translation>
    </message>
    <message>
        <source>KL, B from A</source>
        <translation>KL, B von A</translation>
    </message>
    <message>
        <source>L1 similarity</source>
        <translation>L1-Ähnlichkeit</translation>
    </message>
    <message>
        <source>Left: the current map. Right: the second map.</source>
        <translation>Links: die aktuelle Karte. Rechts: die zweite Karte.</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Number of voxels compared in each map: as many as A has above the threshold</source>
        <translation>Anzahl verglichener Voxel jeder Karte: so viele, wie A über der Schwelle hat</translation>
    </message>
    <message>
        <source>Overlap of the two normalised maps</source>
        <translation>Überlappung der beiden normierten Karten</translation>
    </message>
    <message>
        <source>Overlap of these voxels, 0 to 1</source>
        <translation>Überlappung dieser Voxel, 0 bis 1</translation>
    </message>
    <message>
        <source>Pearson</source>
        <translation>Pearson</translation>
    </message>
    <message>
        <source>Second map</source>
        <translation>Zweite Karte</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>Nebeneinander</translation>
    </message>
    <message>
        <source>Spearman</source>
        <translation>Spearman</translation>
    </message>
    <message>
        <source>Voxels per map</source>
        <translation>Voxel je Karte</translation>
    </message>
    <message>
        <source>{} is {}, not of {}.</source>
        <translation>{} ist {}, nicht {}.</translation>
    </message>
</context>
<context>
    <name>ComparisonPipeline</name>
    <message>
        <source>Comparing maps</source>
        <translation>Karten werden verglichen</translation>
    </message>
</context>
<context>
    <name>ComputeQueue</name>
    <message>
        <source>Next: {}</source>
        <translation>Danach: {}</translation>
    </message>
    <message>
        <source>Remove from the queue</source>
        <translation>Aus der Warteschlange entfernen</translation>
    </message>
    <message>
        <source>Remove {} from the queue</source>
        <translation>{} aus der Warteschlange entfernen</translation>
    </message>
    <message>
        <source>Waiting maps</source>
        <translation>Wartende Karten</translation>
    </message>
</context>
<context>
    <name>Controller</name>
    <message>
        <source>Aligning images</source>
        <translation>Bilder werden ausgerichtet</translation>
    </message>
    <message>
        <source>Atlas {}, {}</source>
        <translation>Atlas {}, {}</translation>
    </message>
    <message>
        <source>Computing {}</source>
        <translation>{} wird berechnet</translation>
    </message>
    <message>
        <source>Drawing the figure</source>
        <translation>Die Abbildung wird gezeichnet</translation>
    </message>
    <message>
        <source>Identifying the file</source>
        <translation>Die Datei wird erkannt</translation>
    </message>
    <message>
        <source>Loading {}</source>
        <translation>{} wird geladen</translation>
    </message>
    <message>
        <source>Not everything could be opened</source>
        <translation>Nicht alles konnte geöffnet werden</translation>
    </message>
    <message>
        <source>Opening {}</source>
        <translation>{} wird geöffnet</translation>
    </message>
    <message>
        <source>Reading {}</source>
        <translation>{} wird gelesen</translation>
    </message>
    <message>
        <source>Running {}</source>
        <translation>{} wird gerechnet</translation>
    </message>
    <message>
        <source>Saved {}</source>
        <translation>{} gespeichert</translation>
    </message>
    <message>
        <source>Saved {}, and the brain mask in a second file, {}; keep both</source>
        <translation>{} gespeichert, und die Hirnmaske als zweite Datei, {}; bewahren Sie beide auf</translation>
    </message>
    <message>
        <source>Saving {}</source>
        <translation>{} wird gespeichert</translation>
    </message>
    <message>
        <source>Showing the prediction</source>
        <translation>Vorhersage wird gezeigt</translation>
    </message>
    <message>
        <source>the scan</source>
        <translation>der Scan</translation>
    </message>
</context>
<context>
    <name>DesignPlot</name>
    <message>
        <source>Design</source>
        <translation>Versuchsplan</translation>
    </message>
    <message>
        <source>scans, in the order of the table</source>
        <translation>Scans in der Reihenfolge der Tabelle</translation>
    </message>
    <message>
        <source>{} of {}</source>
        <translation>{} von {}</translation>
    </message>
    <message>
        <source>{}: y from {:g} to {:g}</source>
        <translation>{}: y von {:g} bis {:g}</translation>
    </message>
</context>
<context>
    <name>DisplayDock</name>
    <message>
        <source>A translucent surface at the threshold, a solid one around the core.</source>
        <translation>Eine durchscheinende Oberfläche an der Schwelle, eine undurchsichtige um den Kern.</translation>
    </message>
    <message>
        <source>Above and below zero. Each pair can be distinguished with colour blindness.</source>
        <translation>Über und unter null. Jedes Paar ist auch bei Farbenfehlsichtigkeit zu unterscheiden.</translation>
    </message>
    <message>
        <source>Above zero</source>
        <translation>Über null</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>An image of what the network responds to; it has no threshold.</source>
        <translation>Ein Bild dessen, worauf das Netz anspricht; es hat keine Schwelle.</translation>
    </message>
    <message>
        <source>Below zero</source>
        <translation>Unter null</translation>
    </message>
    <message>
        <source>Both</source>
        <translation>Beide</translation>
    </message>
    <message>
        <source>Clusters smaller than this are hidden.</source>
        <translation>Kleinere Cluster werden ausgeblendet.</translation>
    </message>
    <message>
        <source>Colour bar</source>
        <translation>Farbskala</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Crosshair</source>
        <translation>Fadenkreuz</translation>
    </message>
    <message>
        <source>Drag to the right to show less.</source>
        <translation>Nach rechts ziehen, um weniger zu zeigen.</translation>
    </message>
    <message>
        <source>Fade low values</source>
        <translation>Schwaches blass</translation>
    </message>
    <message>
        <source>Fade uncertain</source>
        <translation>Unsicheres blass</translation>
    </message>
    <message>
        <source>Gaussian smoothing of the map before thresholding, as full width at half maximum.</source>
        <translation>Gauß-Glättung der Karte vor der Schwelle, volle Halbwertsbreite.</translation>
    </message>
    <message>
        <source>Glass brain</source>
        <translation>Glasgehirn</translation>
    </message>
    <message>
        <source>Green and purple</source>
        <translation>Grün/Violett</translation>
    </message>
    <message>
        <source>Hot and cold</source>
        <translation>Warm/kalt</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Image of the person on the slices and on the walls of the box</source>
        <translation>Bild der Person auf den Schnitten und an den Wänden der Box</translation>
    </message>
    <message>
        <source>Largest clusters</source>
        <translation>Größte Cluster</translation>
    </message>
    <message>
        <source>Low values are more transparent on the slices.</source>
        <translation>Kleine Werte sind auf den Schnitten durchsichtiger.</translation>
    </message>
    <message>
        <source>Map on slices</source>
        <translation>Auf Schnitten</translation>
    </message>
    <message>
        <source>Middle</source>
        <translation>Mitte</translation>
    </message>
    <message>
        <source>Nested surfaces</source>
        <translation>Ineinander</translation>
    </message>
    <message>
        <source>Nothing reaches this threshold.
</source>
        <translation>Nichts erreicht diese Schwelle.
</translation>
    </message>
    <message>
        <source>Number of clusters to show, those with the most relevance first. 0 shows all.</source>
        <translation>Wie viele Cluster gezeigt werden, die mit der meisten Relevanz zuerst. 0 zeigt alle.</translation>
    </message>
    <message>
        <source>Number of voxels</source>
        <translation>Anzahl Voxel</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
    <message>
        <source>Opacity of the map over the slices</source>
        <translation>Deckkraft der Karte auf den Schnitten</translation>
    </message>
    <message>
        <source>Orange and blue</source>
        <translation>Orange/Blau</translation>
    </message>
    <message>
        <source>Orange: above zero. Blue: below zero.</source>
        <translation>Orange: über null. Blau: unter null.</translation>
    </message>
    <message>
        <source>Outline only</source>
        <translation>Nur Umriss</translation>
    </message>
    <message>
        <source>Percentile</source>
        <translation>Perzentil</translation>
    </message>
    <message>
        <source>Scale bar</source>
        <translation>Maßstab</translation>
    </message>
    <message>
        <source>Shadows</source>
        <translation>Schatten</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeige</translation>
    </message>
    <message>
        <source>Sign</source>
        <translation>Vorzeichen</translation>
    </message>
    <message>
        <source>Slices on walls</source>
        <translation>Schnitte an Wänden</translation>
    </message>
    <message>
        <source>Smallest cluster</source>
        <translation>Kleinster Cluster</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>Glättung</translation>
    </message>
    <message>
        <source>The highest peak, {}, is in a hidden cluster.</source>
        <translation>Das höchste Maximum, {}, liegt in einem ausgeblendeten Cluster.</translation>
    </message>
    <message>
        <source>The map lies outside the scan, so it is not shown.
</source>
        <translation>Die Karte liegt außerhalb des Scans und wird deshalb nicht gezeigt.
</translation>
    </message>
    <message>
        <source>This map has no uncertainty estimate. Choose one in the Method panel before computing.</source>
        <translation>Diese Karte gibt keine Unsicherheit an. Wählen Sie vor dem Berechnen eine im Bereich Methode.</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>Schwelle</translation>
    </message>
    <message>
        <source>Threshold amount</source>
        <translation>Betrag der Schwelle</translation>
    </message>
    <message>
        <source>Threshold by</source>
        <translation>Schwelle nach</translation>
    </message>
    <message>
        <source>Top % of relevance</source>
        <translation>Oberste % der Relevanz</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Values below 2 standard deviations are more transparent, in the box and on the slices.</source>
        <translation>Werte unter 2 Standardabweichungen sind durchsichtiger, in der Box und auf den Schnitten.</translation>
    </message>
    <message>
        <source>largest cluster</source>
        <translation>größter Cluster</translation>
    </message>
    <message>
        <source>value ≤ {}</source>
        <translation>Wert ≤ {}</translation>
    </message>
    <message>
        <source>value ≥ {}</source>
        <translation>Wert ≥ {}</translation>
    </message>
    <message>
        <source>{}
{} · {} ml</source>
        <translation>{}
{} · {} ml</translation>
    </message>
    <message>
        <source>{} largest clusters</source>
        <translation>{} größte Cluster</translation>
    </message>
    <message>
        <source>{} · {}</source>
        <translation>{} · {}</translation>
    </message>
    <message>
        <source>|value| ≥ {}</source>
        <translation>|Wert| ≥ {}</translation>
    </message>
</context>
<context>
    <name>DisplayPipeline</name>
    <message>
        <source>Computing display window</source>
        <translation>Anzeigefenster wird berechnet</translation>
    </message>
    <message>
        <source>Counting clusters</source>
        <translation>Cluster werden gezählt</translation>
    </message>
    <message>
        <source>Preparing the box</source>
        <translation>Die Box wird vorbereitet</translation>
    </message>
    <message>
        <source>Preparing {}</source>
        <translation>{} wird vorbereitet</translation>
    </message>
</context>
<context>
    <name>DisplayRangeEditor</name>
    <message>
        <source>Custom colour range</source>
        <translation>Eigener Farbbereich</translation>
    </message>
    <message>
        <source>First colour at</source>
        <translation>Erste Farbe bei</translation>
    </message>
    <message>
        <source>Last colour at</source>
        <translation>Letzte Farbe bei</translation>
    </message>
    <message>
        <source>Off: colours run from the threshold to the largest value. On: between these two values.</source>
        <translation>Aus: Die Farben reichen von der Schwelle bis zum größten Wert. An: zwischen diesen beiden Werten.</translation>
    </message>
</context>
<context>
    <name>DockLayout</name>
    <message>
        <source>Panels</source>
        <translation>Bereiche</translation>
    </message>
</context>
<context>
    <name>EmptyStates</name>
    <message>
        <source>Checks need a scan, a network and a map.</source>
        <translation>Prüfungen brauchen einen Scan, ein Netz und eine Karte.</translation>
    </message>
    <message>
        <source>Compute a map in Method, or open one.</source>
        <translation>Berechnen Sie eine Karte im Bereich Methode, oder öffnen Sie eine.</translation>
    </message>
    <message>
        <source>No map is shown. Compute one in Method, or open one.</source>
        <translation>Keine Karte wird gezeigt. Berechnen Sie eine im Bereich Methode, oder öffnen Sie eine.</translation>
    </message>
    <message>
        <source>Open a model.</source>
        <translation>Öffnen Sie ein Modell.</translation>
    </message>
    <message>
        <source>Open a scan.</source>
        <translation>Öffnen Sie einen Scan.</translation>
    </message>
    <message>
        <source>The map is hidden. Click its eye in Maps to show it.</source>
        <translation>Die Karte ist ausgeblendet. Klicken Sie auf ihr Auge im Bereich Karten, um sie zu zeigen.</translation>
    </message>
    <message>
        <source>The map is not shown yet.</source>
        <translation>Die Karte wird noch nicht gezeigt.</translation>
    </message>
    <message>
        <source>The map is shown on its scan, which is not open. Open the scan.</source>
        <translation>Die Karte wird auf ihrem Scan gezeigt, der nicht offen ist. Öffnen Sie den Scan.</translation>
    </message>
</context>
<context>
    <name>Examples</name>
    <message>
        <source>A simulated head as it comes from the scanner. Press Prepare to prepare it.</source>
        <translation>Ein simulierter Kopf, wie er vom Scanner kommt. Drücken Sie Vorbereiten, um ihn vorzubereiten.</translation>
    </message>
    <message>
        <source>A study is already running.</source>
        <translation>Es läuft bereits eine Studie.</translation>
    </message>
    <message>
        <source>Reading the study</source>
        <translation>Die Studie wird gelesen</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Only the current map is drawn, not the others that are shown with it.</source>
        <translation>Gezeichnet wird nur die aktuelle Karte, nicht die anderen, die mit ihr gezeigt werden.</translation>
    </message>
</context>
<context>
    <name>Exports</name>
    <message>
        <source>Choose file …</source>
        <translation>Datei wählen …</translation>
    </message>
    <message>
        <source>Copied the figure, {} × {} pixels</source>
        <translation>Abbildung kopiert, {} × {} Pixel</translation>
    </message>
    <message>
        <source>Copied: {}</source>
        <translation>Kopiert: {}</translation>
    </message>
    <message>
        <source>Copy as command</source>
        <translation>Als Befehl kopieren</translation>
    </message>
    <message>
        <source>No file with the region names of {} was found.</source>
        <translation>Es wurde keine Datei mit den Namen der Regionen von {} gefunden.</translation>
    </message>
    <message>
        <source>Open atlas</source>
        <translation>Atlas öffnen</translation>
    </message>
    <message>
        <source>Region names</source>
        <translation>Namen der Regionen</translation>
    </message>
    <message>
        <source>Save clusters</source>
        <translation>Cluster speichern</translation>
    </message>
    <message>
        <source>Save mask and transform</source>
        <translation>Maske und Transformation speichern</translation>
    </message>
    <message>
        <source>Save mesh</source>
        <translation>Oberflächen speichern</translation>
    </message>
    <message>
        <source>Save movie</source>
        <translation>Film speichern</translation>
    </message>
    <message>
        <source>Save slices</source>
        <translation>Schnitte speichern</translation>
    </message>
    <message>
        <source>Saved {}</source>
        <translation>{} gespeichert</translation>
    </message>
    <message>
        <source>Saving {}</source>
        <translation>{} wird gespeichert</translation>
    </message>
    <message>
        <source>Share as page</source>
        <translation>Als Seite weitergeben</translation>
    </message>
    <message>
        <source>Use numbers</source>
        <translation>Nummern verwenden</translation>
    </message>
</context>
<context>
    <name>FeatureVisualizer</name>
    <message>
        <source>; at most {:.3g} in {}</source>
        <translation>; höchstens {:.3g} in {}</translation>
    </message>
    <message>
        <source>Select a layer and double-click one of its channels.</source>
        <translation>Wählen Sie eine Schicht, und doppelklicken Sie auf einen ihrer Kanäle.</translation>
    </message>
    <message>
        <source>The crosshair is in the middle of the image while it is shown.</source>
        <translation>Das Fadenkreuz steht in der Mitte des Bildes, solange es gezeigt wird.</translation>
    </message>
    <message>
        <source>Visualising channel {} of {}</source>
        <translation>Kanal {} von {} wird sichtbar gemacht</translation>
    </message>
    <message>
        <source>{}: activation {:.3g}</source>
        <translation>{}: Aktivierung {:.3g}</translation>
    </message>
</context>
<context>
    <name>FigureDialog</name>
    <message>
        <source>Background</source>
        <translation>Hintergrund</translation>
    </message>
    <message>
        <source>Custom</source>
        <translation>Eigene</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>Höhe</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Millimetres (print)</source>
        <translation>Millimeter (Druck)</translation>
    </message>
    <message>
        <source>Pixels</source>
        <translation>Pixel</translation>
    </message>
    <message>
        <source>Resolution</source>
        <translation>Auflösung</translation>
    </message>
    <message>
        <source>Same as the box on the screen</source>
        <translation>Wie die Box auf dem Bildschirm</translation>
    </message>
    <message>
        <source>Save figure</source>
        <translation>Abbildung speichern</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Transparent background</source>
        <translation>Durchsichtiger Hintergrund</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Einheit</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>Breite</translation>
    </message>
    <message>
        <source>{:.0f} × {:.0f} mm</source>
        <translation>{:.0f} × {:.0f} mm</translation>
    </message>
    <message>
        <source>{} × {} pixels</source>
        <translation>{} × {} Pixel</translation>
    </message>
</context>
<context>
    <name>FileActions</name>
    <message>
        <source>Open DICOM or BIDS folder</source>
        <translation>DICOM- oder BIDS-Ordner öffnen</translation>
    </message>
    <message>
        <source>Open file with all images</source>
        <translation>Datei mit allen Bildern öffnen</translation>
    </message>
    <message>
        <source>Open image {}</source>
        <translation>Bild {} öffnen</translation>
    </message>
    <message>
        <source>Open map</source>
        <translation>Karte öffnen</translation>
    </message>
    <message>
        <source>Open mask</source>
        <translation>Maske öffnen</translation>
    </message>
    <message>
        <source>Open model</source>
        <translation>Modell öffnen</translation>
    </message>
    <message>
        <source>Open model folder</source>
        <translation>Modellordner öffnen</translation>
    </message>
    <message>
        <source>Open scan</source>
        <translation>Scan öffnen</translation>
    </message>
    <message>
        <source>Open session</source>
        <translation>Sitzung öffnen</translation>
    </message>
    <message>
        <source>Open transform</source>
        <translation>Transformation öffnen</translation>
    </message>
    <message>
        <source>Save figure</source>
        <translation>Abbildung speichern</translation>
    </message>
    <message>
        <source>Save map</source>
        <translation>Karte speichern</translation>
    </message>
    <message>
        <source>Save session</source>
        <translation>Sitzung speichern</translation>
    </message>
    <message>
        <source>Session that refers to its files (*.session.json);;Session that includes its files (*.session.zip)</source>
        <translation>Sitzung, die auf ihre Dateien verweist (*.session.json);;Sitzung, die ihre Dateien enthält (*.session.zip)</translation>
    </message>
    <message>
        <source>This network returns {} tensors. Which one is the prediction?</source>
        <translation>Dieses Netz gibt {} Tensoren zurück. Welcher ist die Vorhersage?</translation>
    </message>
    <message>
        <source>This file contains {} volumes. Volume number (the first is 0):</source>
        <translation>Diese Datei enthält {} Volumina. Nummer des Volumens (das erste ist 0):</translation>
    </message>
    <message>
        <source>Trust and open</source>
        <translation>Vertrauen und öffnen</translation>
    </message>
    <message>
        <source>{} already exists; choose another name.</source>
        <translation>{} gibt es schon; wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>{} is {}. Opening it runs code from the file. Continue only if you trust its source.</source>
        <translation>{} ist {}. Beim Öffnen wird Code aus der Datei ausgeführt. Fahren Sie nur fort, wenn Sie ihrer Quelle vertrauen.</translation>
    </message>
</context>
<context>
    <name>FileDialogs</name>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
    <message>
        <source>File name prefix</source>
        <translation>Anfang der Dateinamen</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Namen</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>Netze</translation>
    </message>
    <message>
        <source>Scans and lists of them</source>
        <translation>Scans und Listen davon</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Tables of scans</source>
        <translation>Tabellen von Scans</translation>
    </message>
    <message>
        <source>Transforms</source>
        <translation>Transformationen</translation>
    </message>
</context>
<context>
    <name>FileEditor</name>
    <message>
        <source>Browse …</source>
        <translation>Durchsuchen …</translation>
    </message>
    <message>
        <source>Choose a file: {}</source>
        <translation>Datei wählen: {}</translation>
    </message>
</context>
<context>
    <name>FitDialog</name>
    <message>
        <source>Caution</source>
        <translation>Vorsicht</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Prüfung</translation>
    </message>
    <message>
        <source>Checks of the scan</source>
        <translation>Prüfungen des Scans</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy all rows as tab-separated text</source>
        <translation>Alle Zeilen als Tabelle mit Tabulatoren kopieren</translation>
    </message>
    <message>
        <source>Does this scan fit the network?</source>
        <translation>Passt dieser Scan zum Netz?</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>Erwartet</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>Not measurable</source>
        <translation>Nicht messbar</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Unfit</source>
        <translation>Passt nicht</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
</context>
<context>
    <name>FitPlot</name>
    <message>
        <source>Held-out subjects</source>
        <translation>Zurückgehaltene Personen</translation>
    </message>
    <message>
        <source>One point per scan: y is horizontal, its prediction ŷ vertical. On the line, ŷ equals y.</source>
        <translation>Ein Punkt je Scan: y waagerecht, seine Vorhersage ŷ senkrecht. Auf der Geraden stimmt die Vorhersage genau.</translation>
    </message>
    <message>
        <source>Prediction against true value</source>
        <translation>Vorhersage gegen wahren Wert</translation>
    </message>
    <message>
        <source>Training scans</source>
        <translation>Trainingsscans</translation>
    </message>
    <message>
        <source>fit</source>
        <translation>Anpassung</translation>
    </message>
    <message>
        <source>held-out subjects</source>
        <translation>zurückgehaltene Personen</translation>
    </message>
    <message>
        <source>true class</source>
        <translation>wahre Klasse</translation>
    </message>
    <message>
        <source>y</source>
        <translation>y</translation>
    </message>
    <message>
        <source>{}. Columns: true class; rows: predicted class.</source>
        <translation>{}. Spalten: wahre Klasse; Zeilen: vorhergesagte Klasse.</translation>
    </message>
    <message>
        <source>ŷ</source>
        <translation>ŷ</translation>
    </message>
</context>
<context>
    <name>FitQualityView</name>
    <message>
        <source>Constant prediction: error {:.3g}</source>
        <translation>Konstante Vorhersage: Fehler {:.3g}</translation>
    </message>
    <message>
        <source>Errors of the network</source>
        <translation>Fehler des Netzes</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Passung</translation>
    </message>
    <message>
        <source>Held-out subjects</source>
        <translation>Zurückgehaltene Personen</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>accuracy {:.1%}</source>
        <translation>Genauigkeit {:.1%}</translation>
    </message>
    <message>
        <source>correlation {:.3f}</source>
        <translation>Korrelation {:.3f}</translation>
    </message>
    <message>
        <source>{}: error {:.3g}, {}</source>
        <translation>{}: Fehler {:.3g}, {}</translation>
    </message>
</context>
<context>
    <name>FitStrip</name>
    <message>
        <source>Caution</source>
        <translation>Vorsicht</translation>
    </message>
    <message>
        <source>Details …</source>
        <translation>Details …</translation>
    </message>
    <message>
        <source>Does the scan fit the network? {}</source>
        <translation>Passt der Scan zum Netz? {}</translation>
    </message>
    <message>
        <source>Fits</source>
        <translation>Passt</translation>
    </message>
    <message>
        <source>Not known</source>
        <translation>Nicht bekannt</translation>
    </message>
    <message>
        <source>Prepare the scan as the network needs it</source>
        <translation>Den Scan so vorbereiten, wie das Netz ihn braucht</translation>
    </message>
    <message>
        <source>Prepare …</source>
        <translation>Vorbereiten …</translation>
    </message>
    <message>
        <source>Show the result of each check of the scan</source>
        <translation>Das Ergebnis jeder Prüfung des Scans zeigen</translation>
    </message>
    <message>
        <source>Unfit</source>
        <translation>Passt nicht</translation>
    </message>
    <message>
        <source>{} And {} more, see Details.</source>
        <translation>{} Und {} weitere, siehe Details.</translation>
    </message>
</context>
<context>
    <name>GroupDialog</name>
    <message>
        <source>An atlas …</source>
        <translation>Ein Atlas …</translation>
    </message>
    <message>
        <source>Atlas</source>
        <translation>Atlas</translation>
    </message>
    <message>
        <source>Choose two different groups.</source>
        <translation>Wählen Sie zwei verschiedene Gruppen.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>Spalte</translation>
    </message>
    <message>
        <source>Compute</source>
        <translation>Berechnen</translation>
    </message>
    <message>
        <source>Confounds</source>
        <translation>Störgrößen</translation>
    </message>
    <message>
        <source>Difference between two groups</source>
        <translation>Unterschied zwischen zwei Gruppen</translation>
    </message>
    <message>
        <source>Error control</source>
        <translation>Fehlerkontrolle</translation>
    </message>
    <message>
        <source>False discovery rate</source>
        <translation>Falscherkennungsrate (FDR)</translation>
    </message>
    <message>
        <source>Family-wise, TFCE</source>
        <translation>Familienweise, TFCE</translation>
    </message>
    <message>
        <source>Family-wise, by the largest |t|</source>
        <translation>Familienweise, nach dem größten |t|</translation>
    </message>
    <message>
        <source>Group map</source>
        <translation>Gruppenkarte</translation>
    </message>
    <message>
        <source>Maps</source>
        <translation>Karten</translation>
    </message>
    <message>
        <source>Mean of</source>
        <translation>Mittel von</translation>
    </message>
    <message>
        <source>Mean, spread and share above threshold</source>
        <translation>Mittel, Streuung und Anteil über der Schwelle</translation>
    </message>
    <message>
        <source>No participant has a map.</source>
        <translation>Kein Teilnehmer hat eine Karte.</translation>
    </message>
    <message>
        <source>No permutations; 5 % of the voxels shown are expected to be false positives.</source>
        <translation>Ohne Permutationen; von den gezeigten Voxeln sind 5 % falsch zu erwarten.</translation>
    </message>
    <message>
        <source>No table of regions</source>
        <translation>Keine Tabelle der Regionen</translation>
    </message>
    <message>
        <source>One person against others</source>
        <translation>Eine Person gegen andere</translation>
    </message>
    <message>
        <source>Others</source>
        <translation>Andere</translation>
    </message>
    <message>
        <source>Participants</source>
        <translation>Teilnehmer</translation>
    </message>
    <message>
        <source>Permutation test of threshold-free cluster enhancement; finds weak but extended effects.</source>
        <translation>Permutation der schwellenfreien Cluster-Verstärkung; findet schwache, aber ausgedehnte Effekte.</translation>
    </message>
    <message>
        <source>Permutation test; p: probability that any voxel reaches this |t| without an effect.</source>
        <translation>Permutation; p ist die Wahrscheinlichkeit, dass ohne Effekt irgendein Voxel dieses |t| erreicht.</translation>
    </message>
    <message>
        <source>Permutations</source>
        <translation>Permutationen</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>Person</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>Frage</translation>
    </message>
    <message>
        <source>Regions</source>
        <translation>Regionen</translation>
    </message>
    <message>
        <source>Regression on a column of numbers</source>
        <translation>Regression auf eine Spalte mit Zahlen</translation>
    </message>
    <message>
        <source>Shown map ({})</source>
        <translation>Die gezeigte Karte ({})</translation>
    </message>
    <message>
        <source>The participants have no column of numbers.</source>
        <translation>Die Teilnehmer haben keine Spalte mit Zahlen.</translation>
    </message>
    <message>
        <source>The participants have no column with groups.</source>
        <translation>Die Teilnehmer haben keine Spalte mit Gruppen.</translation>
    </message>
    <message>
        <source>The scans are registered to each other</source>
        <translation>Die Scans sind aufeinander registriert</translation>
    </message>
    <message>
        <source>The smallest possible p is 1 / (permutations + 1).</source>
        <translation>Das kleinste p ist 1 / (Permutationen + 1).</translation>
    </message>
    <message>
        <source>Tick this if the scans share a space although their headers do not say so.</source>
        <translation>Ankreuzen, wenn die Scans in einem gemeinsamen Raum liegen, obwohl ihre Köpfe es nicht sagen.</translation>
    </message>
    <message>
        <source>minus mean of</source>
        <translation>minus Mittel von</translation>
    </message>
    <message>
        <source>{} is tested and cannot be a confound.</source>
        <translation>{} wird getestet und kann keine Störgröße sein.</translation>
    </message>
    <message>
        <source>{}, {}</source>
        <translation>{}, {}</translation>
    </message>
</context>
<context>
    <name>GroupResultView</name>
    <message>
        <source>Effect</source>
        <translation>Effekt</translation>
    </message>
    <message>
        <source>Left out: {}</source>
        <translation>Ausgelassen: {}</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Nothing computed yet. The map will appear in the box, its numbers and command here.</source>
        <translation>Noch ist nichts berechnet. Das Ergebnis wird in der Box gezeigt, seine Zahlen und sein Befehl hier.</translation>
    </message>
    <message>
        <source>Regions</source>
        <translation>Regionen</translation>
    </message>
    <message>
        <source>Save all maps and the table of regions, as the command does</source>
        <translation>Alle Karten und die Tabelle der Regionen speichern, wie es der Befehl tut</translation>
    </message>
    <message>
        <source>Save …</source>
        <translation>Speichern …</translation>
    </message>
    <message>
        <source>Share above threshold</source>
        <translation>Anteil über der Schwelle</translation>
    </message>
    <message>
        <source>Shown map</source>
        <translation>Gezeigte Karte</translation>
    </message>
    <message>
        <source>Standard deviation</source>
        <translation>Standardabweichung</translation>
    </message>
    <message>
        <source>TFCE</source>
        <translation>TFCE</translation>
    </message>
    <message>
        <source>t</source>
        <translation>t</translation>
    </message>
    <message>
        <source>z</source>
        <translation>z</translation>
    </message>
    <message>
        <source>−log10 p, family-wise (TFCE)</source>
        <translation>−log10 p, familienweise (TFCE)</translation>
    </message>
    <message>
        <source>−log10 p, family-wise (max |t|)</source>
        <translation>−log10 p, familienweise (max |t|)</translation>
    </message>
    <message>
        <source>−log10 q, false discovery rate</source>
        <translation>−log10 q, Falscherkennungsrate</translation>
    </message>
</context>
<context>
    <name>GuideBrowser</name>
    <message>
        <source># No such page

The guide has no page “{}”.</source>
        <translation># Keine solche Seite

Die Anleitung hat keine Seite „{}“.</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>Reading {}</source>
        <translation>{} wird gelesen</translation>
    </message>
    <message>
        <source>Reading …</source>
        <translation>Wird gelesen …</translation>
    </message>
</context>
<context>
    <name>GuideWindow</name>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Contents</source>
        <translation>Inhalt</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>Vor</translation>
    </message>
    <message>
        <source>Guide</source>
        <translation>Anleitung</translation>
    </message>
    <message>
        <source>No pictures: “saliency-viewer guide --build DIR” builds them, for a browser.</source>
        <translation>Ohne Bilder: „saliency-viewer guide --build DIR“ erzeugt sie, für einen Browser.</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>Im Browser öffnen</translation>
    </message>
    <message>
        <source>Search the guide</source>
        <translation>Die Anleitung durchsuchen</translation>
    </message>
</context>
<context>
    <name>KeptMapsPipeline</name>
    <message>
        <source>Preparing maps</source>
        <translation>Karten werden vorbereitet</translation>
    </message>
</context>
<context>
    <name>LayerDock</name>
    <message>
        <source>Attention of head {}: click to show it</source>
        <translation>Aufmerksamkeit von Kopf {}: Klick zeigt sie</translation>
    </message>
    <message>
        <source>Channel {}: click to show it, double-click to visualise it</source>
        <translation>Kanal {}: Klick zeigt ihn, Doppelklick macht sichtbar, worauf er anspricht</translation>
    </message>
    <message>
        <source>Channel {}: click to show the relevance through it, double-click to visualise it</source>
        <translation>Kanal {}: Klick zeigt, was durch ihn läuft, Doppelklick, worauf er anspricht</translation>
    </message>
    <message>
        <source>Computing the channels of {}</source>
        <translation>Kanäle von {} werden berechnet</translation>
    </message>
    <message>
        <source>Computing {} …</source>
        <translation>{} wird berechnet …</translation>
    </message>
    <message>
        <source>Explain this layer</source>
        <translation>Diese Schicht erklären</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Mean over the heads: click to show it</source>
        <translation>Mittel über die Köpfe: Klick zeigt es</translation>
    </message>
    <message>
        <source>No layers can be shown. {}</source>
        <translation>Es können keine Schichten gezeigt werden. {}</translation>
    </message>
    <message>
        <source>Open a model to see its layers.</source>
        <translation>Öffnen Sie ein Modell, um seine Schichten zu sehen.</translation>
    </message>
    <message>
        <source>Open a scan to see the activations of the layers.</source>
        <translation>Öffnen Sie einen Scan, um die Aktivierungen der Schichten zu sehen.</translation>
    </message>
    <message>
        <source>Reading the layers of {}</source>
        <translation>Schichten von {} werden gelesen</translation>
    </message>
    <message>
        <source>Reading the layers …</source>
        <translation>Die Schichten werden gelesen …</translation>
    </message>
    <message>
        <source>Select a layer to see its channels, or to explain it.</source>
        <translation>Wählen Sie eine Schicht, um ihre Kanäle zu sehen oder sie zu erklären.</translation>
    </message>
    <message>
        <source>Showing channel {} of {}</source>
        <translation>Kanal {} von {} wird gezeigt</translation>
    </message>
    <message>
        <source>Stopped. Click the layer to continue.</source>
        <translation>Angehalten. Klicken Sie auf die Schicht, um fortzufahren.</translation>
    </message>
    <message>
        <source>Stopped. Open this panel again to read the layers.</source>
        <translation>Angehalten. Öffnen Sie diesen Bereich noch einmal, um die Schichten zu lesen.</translation>
    </message>
    <message>
        <source>The network processes this scan in windows, so no layer covers all of it. The selected layer can still be explained.</source>
        <translation>Das Netz verarbeitet diesen Scan in Fenstern, daher deckt ihn keine Schicht ganz ab. Die gewählte Schicht kann trotzdem erklärt werden.</translation>
    </message>
    <message>
        <source>Use this layer for the next maps; the Method panel shows it and can clear it</source>
        <translation>Diese Schicht für die nächsten Karten nutzen; der Bereich Methode zeigt sie und kann sie wieder lösen</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>{}: middle {} slice of {}. Click one to show it.</source>
        <translation>{}: mittlerer Schnitt ({}), {}. Ein Klick zeigt einen.</translation>
    </message>
    <message>
        <source>{}: what the query attends to, middle {} slice, {}. Click one to show it.</source>
        <translation>{}: worauf die Anfrage achtet, mittlerer Schnitt ({}), {}. Ein Klick zeigt einen.</translation>
    </message>
    <message>
        <source>{}: {} by relevance for {}. Click one to show the relevance through it.</source>
        <translation>{}: {} nach Relevanz für {}. Ein Klick zeigt, was durch einen läuft.</translation>
    </message>
    <message>
        <source>{}: {}.</source>
        <translation>{}: {}.</translation>
    </message>
</context>
<context>
    <name>LayerTree</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Number of trained parameters</source>
        <translation>Anzahl trainierter Parameter</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>Par.</source>
        <translation>Par.</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Shape of the output: channels × voxels</source>
        <translation>Form der Ausgabe: Kanäle × Voxel</translation>
    </message>
    <message>
        <source>{:,} parameters</source>
        <translation>{:,} Parameter</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>The language changes when the program is started again.</source>
        <translation>Beim nächsten Öffnen hat das Fenster diese Sprache.</translation>
    </message>
</context>
<context>
    <name>MapRow</name>
    <message>
        <source>Also draw it while another map is selected (K)</source>
        <translation>Sie auch zeichnen, wenn eine andere Karte gewählt ist (K)</translation>
    </message>
    <message>
        <source>Draw {} with the other maps</source>
        <translation>{} mit den anderen Karten zeichnen</translation>
    </message>
    <message>
        <source>Drawn with the other maps, with its own threshold and colours (K)</source>
        <translation>Wird mit den anderen Karten gezeichnet, mit eigener Schwelle und eigenen Farben (K)</translation>
    </message>
    <message>
        <source>Hide this map (Space)</source>
        <translation>Diese Karte ausblenden (Leertaste)</translation>
    </message>
    <message>
        <source>Hide {}</source>
        <translation>{} ausblenden</translation>
    </message>
    <message>
        <source>Show this map (Space)</source>
        <translation>Diese Karte zeigen (Leertaste)</translation>
    </message>
    <message>
        <source>Show {}</source>
        <translation>{} zeigen</translation>
    </message>
    <message>
        <source>from a file</source>
        <translation>aus einer Datei</translation>
    </message>
    <message>
        <source>not an explanation</source>
        <translation>keine Erklärung</translation>
    </message>
    <message>
        <source>residual {:.2%}</source>
        <translation>Residuum {:.2%}</translation>
    </message>
    <message>
        <source>expected sum 0</source>
        <translation>erwartete Summe 0</translation>
    </message>
</context>
<context>
    <name>MapSelector</name>
    <message>
        <source>Accuracy of the map</source>
        <translation>Genauigkeit der Karte</translation>
    </message>
    <message>
        <source>On the MNI152 template</source>
        <translation>Auf der MNI152-Vorlage</translation>
    </message>
    <message>
        <source>On the mean of the scans</source>
        <translation>Auf dem Mittel der Scans</translation>
    </message>
    <message>
        <source>Shown over</source>
        <translation>Gezeigt über</translation>
    </message>
    <message>
        <source>Simulated effect: AUC {:.3f}, overlap {:.2f}; t-map: {:.3f}, {:.2f}</source>
        <translation>Simulierter Effekt: AUC {:.3f}, Überlappung {:.2f}; t-Karte: {:.3f}, {:.2f}</translation>
    </message>
</context>
<context>
    <name>MapsDock</name>
    <message>
        <source>File: {}</source>
        <translation>Datei: {}</translation>
    </message>
    <message>
        <source>It is hidden; click the eye beside its name to show it.</source>
        <translation>Sie ist ausgeblendet; klicken Sie auf das Auge neben ihrem Namen, um sie zu zeigen.</translation>
    </message>
    <message>
        <source>It was made {}, not by the loaded network.</source>
        <translation>Sie wurde {} gemacht, nicht von dem geladenen Netz.</translation>
    </message>
    <message>
        <source>Maps</source>
        <translation>Karten</translation>
    </message>
    <message>
        <source>Name in lists, legends, figures and files:</source>
        <translation>Name in Listen, Legenden, Abbildungen und Dateien:</translation>
    </message>
    <message>
        <source>No map yet. Select a method and compute one, or open a file.</source>
        <translation>Noch keine Karte. Wählen Sie eine Methode, und berechnen Sie eine, oder öffnen Sie eine Datei.</translation>
    </message>
    <message>
        <source>Open …</source>
        <translation>Öffnen …</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Rename map</source>
        <translation>Karte umbenennen</translation>
    </message>
    <message>
        <source>Save …</source>
        <translation>Speichern …</translation>
    </message>
    <message>
        <source>Share of |relevance|</source>
        <translation>Anteil an |Relevanz|</translation>
    </message>
    <message>
        <source>Target: {}</source>
        <translation>Ziel: {}</translation>
    </message>
    <message>
        <source>This map does not record which scan it was computed from.</source>
        <translation>Diese Karte sagt nicht, aus welchem Scan sie gemacht wurde.</translation>
    </message>
    <message>
        <source>This map names {} as its scan, which cannot be verified.</source>
        <translation>Diese Karte soll zu {} gehören, was nicht nachgeprüft werden kann.</translation>
    </message>
    <message>
        <source>no</source>
        <translation>kein</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>{:.1f} s on {}</source>
        <translation>{:.1f} s auf {}</translation>
    </message>
    <message>
        <source>{}; it should add up to {} ({} % off).</source>
        <translation>{}; es sollte sich zu {} summieren ({} % daneben).</translation>
    </message>
    <message>
        <source>{}; it should add up to 0.</source>
        <translation>{}; es sollte sich zu 0 summieren.</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>&amp;About</source>
        <translation>&amp;Über das Programm</translation>
    </message>
    <message>
        <source>&amp;Brain mask on slices</source>
        <translation>&amp;Hirnmaske auf Schnitten</translation>
    </message>
    <message>
        <source>&amp;Camera</source>
        <translation>&amp;Kamera</translation>
    </message>
    <message>
        <source>&amp;Close atlas</source>
        <translation>Atlas s&amp;chließen</translation>
    </message>
    <message>
        <source>&amp;Compute map</source>
        <translation>Karte &amp;berechnen</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>&amp;Dunkel</translation>
    </message>
    <message>
        <source>&amp;Demonstration: simulated lesions</source>
        <translation>&amp;Demonstration: simulierte Läsionen</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Guide</source>
        <translation>&amp;Anleitung</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Left and right</source>
        <translation>&amp;Links und rechts</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Hell</translation>
    </message>
    <message>
        <source>&amp;Mosaic or three slices</source>
        <translation>&amp;Mosaik oder drei Schnitte</translation>
    </message>
    <message>
        <source>&amp;Neurological: the brain&apos;s left on the left</source>
        <translation>&amp;Neurologisch: die linke Hirnseite links</translation>
    </message>
    <message>
        <source>&amp;PET study as in 1995 (simulated)</source>
        <translation>&amp;PET-Studie wie 1995 (simuliert)</translation>
    </message>
    <message>
        <source>&amp;Panels</source>
        <translation>&amp;Bereiche</translation>
    </message>
    <message>
        <source>&amp;Prepare scan</source>
        <translation>Scan &amp;vorbereiten</translation>
    </message>
    <message>
        <source>&amp;Presentation mode</source>
        <translation>&amp;Präsentationsmodus</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Radiological: the brain&apos;s left on the right</source>
        <translation>&amp;Radiologisch: die linke Hirnseite rechts</translation>
    </message>
    <message>
        <source>&amp;Raw head: prepare it (simulated)</source>
        <translation>&amp;Ganzer Kopf: vorbereiten (simuliert)</translation>
    </message>
    <message>
        <source>&amp;Redo removing the map</source>
        <translation>Entfernen der Karte: &amp;wiederholen</translation>
    </message>
    <message>
        <source>&amp;Redo view change</source>
        <translation>Ansicht: &amp;wiederholen</translation>
    </message>
    <message>
        <source>&amp;Shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>&amp;System default</source>
        <translation>Die des &amp;Systems</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Farbschema</translation>
    </message>
    <message>
        <source>&amp;Two maps compared (simulated lesions)</source>
        <translation>&amp;Zwei Karten im Vergleich (simulierte Läsionen)</translation>
    </message>
    <message>
        <source>&amp;Undo removing the map</source>
        <translation>&amp;Entfernen der Karte: rückgängig</translation>
    </message>
    <message>
        <source>&amp;Undo view change</source>
        <translation>&amp;Ansicht: rückgängig</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>C&amp;ancel</source>
        <translation>Abb&amp;rechen</translation>
    </message>
    <message>
        <source>Copy &amp;figure</source>
        <translation>Abbil&amp;dung kopieren</translation>
    </message>
    <message>
        <source>Copy as co&amp;mmand</source>
        <translation>Als Be&amp;fehl kopieren</translation>
    </message>
    <message>
        <source>Copy as scr&amp;ipt</source>
        <translation>Als Skrip&amp;t kopieren</translation>
    </message>
    <message>
        <source>Copy slices as c&amp;ommand</source>
        <translation>Schnitte als Befehl k&amp;opieren</translation>
    </message>
    <message>
        <source>Draw map with the others</source>
        <translation>Karte mit den anderen zeichnen</translation>
    </message>
    <message>
        <source>E&amp;xamples</source>
        <translation>B&amp;eispiele</translation>
    </message>
    <message>
        <source>Export as &amp;DICOM …</source>
        <translation>Als DICOM e&amp;xportieren …</translation>
    </message>
    <message>
        <source>From below</source>
        <translation>Von unten</translation>
    </message>
    <message>
        <source>From the back</source>
        <translation>Von hinten</translation>
    </message>
    <message>
        <source>From the front</source>
        <translation>Von vorn</translation>
    </message>
    <message>
        <source>From the front corner</source>
        <translation>Von der vorderen Ecke</translation>
    </message>
    <message>
        <source>From the left</source>
        <translation>Von links</translation>
    </message>
    <message>
        <source>From the right</source>
        <translation>Von rechts</translation>
    </message>
    <message>
        <source>From the top</source>
        <translation>Von oben</translation>
    </message>
    <message>
        <source>Guide to this &amp;panel</source>
        <translation>Anleitung zu diesem &amp;Bereich</translation>
    </message>
    <message>
        <source>Home view</source>
        <translation>Grundansicht</translation>
    </message>
    <message>
        <source>La&amp;youts</source>
        <translation>An&amp;ordnungen</translation>
    </message>
    <message>
        <source>Lan&amp;guage</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>Noch keine</translation>
    </message>
    <message>
        <source>Ope&amp;n atlas …</source>
        <translation>&amp;Atlas öffnen …</translation>
    </message>
    <message>
        <source>Open &amp;map …</source>
        <translation>&amp;Karte öffnen …</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>Zuletzt &amp;verwendet</translation>
    </message>
    <message>
        <source>Open &amp;scan …</source>
        <translation>&amp;Scan öffnen …</translation>
    </message>
    <message>
        <source>Open DICOM or BIDS fol&amp;der …</source>
        <translation>&amp;DICOM- oder BIDS-Ordner öffnen …</translation>
    </message>
    <message>
        <source>Open co&amp;hort folder …</source>
        <translation>Ko&amp;hortenordner öffnen …</translation>
    </message>
    <message>
        <source>Open m&amp;odel …</source>
        <translation>&amp;Modell öffnen …</translation>
    </message>
    <message>
        <source>Open model folder …</source>
        <translation>Modellordner öffnen …</translation>
    </message>
    <message>
        <source>Open s&amp;ession …</source>
        <translation>S&amp;itzung öffnen …</translation>
    </message>
    <message>
        <source>R&amp;eset panels</source>
        <translation>Bereiche &amp;zurücksetzen</translation>
    </message>
    <message>
        <source>Re&amp;name map …</source>
        <translation>Karte umbe&amp;nennen …</translation>
    </message>
    <message>
        <source>Reading the guide</source>
        <translation>Die Anleitung wird gelesen</translation>
    </message>
    <message>
        <source>Remove layout …</source>
        <translation>Anordnung entfernen …</translation>
    </message>
    <message>
        <source>Reset &amp;view</source>
        <translation>Ansi&amp;cht zurücksetzen</translation>
    </message>
    <message>
        <source>S&amp;earch everything …</source>
        <translation>Alles &amp;durchsuchen …</translation>
    </message>
    <message>
        <source>S&amp;hare as page …</source>
        <translation>Als Seite &amp;weitergeben …</translation>
    </message>
    <message>
        <source>S&amp;tudy of 1995 …</source>
        <translation>S&amp;tudie von 1995 …</translation>
    </message>
    <message>
        <source>Save &amp;figure …</source>
        <translation>Abbild&amp;ung speichern …</translation>
    </message>
    <message>
        <source>Save cl&amp;usters …</source>
        <translation>C&amp;luster speichern …</translation>
    </message>
    <message>
        <source>Save layout …</source>
        <translation>Anordnung speichern …</translation>
    </message>
    <message>
        <source>Save m&amp;ap …</source>
        <translation>Karte s&amp;peichern …</translation>
    </message>
    <message>
        <source>Save m&amp;esh …</source>
        <translation>&amp;Oberflächen speichern …</translation>
    </message>
    <message>
        <source>Save mask and &amp;transform …</source>
        <translation>Maske und T&amp;ransformation speichern …</translation>
    </message>
    <message>
        <source>Save mo&amp;vie …</source>
        <translation>&amp;Film speichern …</translation>
    </message>
    <message>
        <source>Save repo&amp;rt …</source>
        <translation>Er&amp;gebnisbericht speichern …</translation>
    </message>
    <message>
        <source>Save report of checks …</source>
        <translation>Bericht der Prüfungen speichern …</translation>
    </message>
    <message>
        <source>Save s&amp;lices …</source>
        <translation>Sch&amp;nitte speichern …</translation>
    </message>
    <message>
        <source>Save sess&amp;ion …</source>
        <translation>Sit&amp;zung speichern …</translation>
    </message>
    <message>
        <source>Swap left and ri&amp;ght</source>
        <translation>Links und rechts &amp;tauschen</translation>
    </message>
    <message>
        <source>Switch dark and &amp;light theme</source>
        <translation>Dunkel und hell &amp;wechseln</translation>
    </message>
    <message>
        <source>Template &amp;outline on slices</source>
        <translation>&amp;Umriss der Vorlage auf Schnitten</translation>
    </message>
</context>
<context>
    <name>MethodDock</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Choose the target from which {} is subtracted.</source>
        <translation>Wählen Sie das Ziel, von dem {} abgezogen wird.</translation>
    </message>
    <message>
        <source>Clear the layer</source>
        <translation>Schicht lösen</translation>
    </message>
    <message>
        <source>Clear this layer and use the method&apos;s default</source>
        <translation>Diese Schicht lösen und die der Methode verwenden</translation>
    </message>
    <message>
        <source>Compute</source>
        <translation>Berechnen</translation>
    </message>
    <message>
        <source>Compute next</source>
        <translation>Danach berechnen</translation>
    </message>
    <message>
        <source>Compute this map (Ctrl+Return)</source>
        <translation>Diese Karte berechnen (Strg+Eingabe)</translation>
    </message>
    <message>
        <source>Explain</source>
        <translation>Erklären</translation>
    </message>
    <message>
        <source>Explain the difference between two outputs: evidence for the target rather than this class</source>
        <translation>Den Unterschied zweier Ausgaben erklären: was für das Ziel und nicht für diese Klasse spricht</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>Familie</translation>
    </message>
    <message>
        <source>It cannot {}</source>
        <translation>Sie kann nicht {}</translation>
    </message>
    <message>
        <source>Largest: {}</source>
        <translation>Größte: {}</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Loading {} …</source>
        <translation>{} wird geladen …</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Method&apos;s default</source>
        <translation>Wie die Methode vorsieht</translation>
    </message>
    <message>
        <source>Minus</source>
        <translation>Minus</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Only methods that decompose the output, LRP and DeepLIFT, can give equal shares.</source>
        <translation>Nur Methoden, die die Ausgabe zerlegen, LRP und DeepLIFT, können gleiche Anteile geben.</translation>
    </message>
    <message>
        <source>Output: {}</source>
        <translation>Ausgabe: {}</translation>
    </message>
    <message>
        <source>Predicted class</source>
        <translation>Vorhergesagte Klasse</translation>
    </message>
    <message>
        <source>Predicted: {}</source>
        <translation>Vorhergesagt: {}</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>Stop and keep what is finished (Esc)</source>
        <translation>Anhalten und behalten, was fertig ist (Esc)</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Target and subtracted output are the same.</source>
        <translation>Ziel und abgezogene Ausgabe sind dieselbe.</translation>
    </message>
    <message>
        <source>The explained output, before any softmax.</source>
        <translation>Die Ausgabe, die erklärt wird, vor einem Softmax.</translation>
    </message>
    <message>
        <source>The layer whose activations the map is computed from</source>
        <translation>Die Schicht, aus deren Aktivierungen die Karte berechnet wird</translation>
    </message>
    <message>
        <source>Uncertainty</source>
        <translation>Unsicherheit</translation>
    </message>
    <message>
        <source>Use its names ({})</source>
        <translation>Seine Namen verwenden ({})</translation>
    </message>
    <message>
        <source>Use the open atlas ({})</source>
        <translation>Den offenen Atlas verwenden ({})</translation>
    </message>
</context>
<context>
    <name>ModelCardDialog</name>
    <message>
        <source> Enter the values given by its authors.</source>
        <translation> Geben Sie die Werte ein, die seine Autoren nennen.</translation>
    </message>
    <message>
        <source> Its weights look like {}.</source>
        <translation> Seine Gewichte sehen aus wie {}.</translation>
    </message>
    <message>
        <source>2 × 2 × 2</source>
        <translation>2 × 2 × 2</translation>
    </message>
    <message>
        <source>96 × 112 × 96</source>
        <translation>96 × 112 × 96</translation>
    </message>
    <message>
        <source>A box around the head, as large as needed</source>
        <translation>Ein Quader um den Kopf, so groß wie nötig</translation>
    </message>
    <message>
        <source>A box of fixed voxel size around the scan&apos;s centre</source>
        <translation>Ein Quader fester Voxelgröße um die Mitte des Scans</translation>
    </message>
    <message>
        <source>A value, such as an age</source>
        <translation>Ein Wert, etwa ein Alter</translation>
    </message>
    <message>
        <source>Axis directions</source>
        <translation>Achsenrichtungen</translation>
    </message>
    <message>
        <source>Channels</source>
        <translation>Kanäle</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Computed over non-zero voxels</source>
        <translation>Berechnet über Voxel ungleich null</translation>
    </message>
    <message>
        <source>Describe {}</source>
        <translation>{} beschreiben</translation>
    </message>
    <message>
        <source>Divided by the maximum</source>
        <translation>Durch das Maximum geteilt</translation>
    </message>
    <message>
        <source>Divided by the mean</source>
        <translation>Durch das Mittel geteilt</translation>
    </message>
    <message>
        <source>Independent labels (multi-label)</source>
        <translation>Unabhängige Labels (Multi-Label)</translation>
    </message>
    <message>
        <source>Intensities</source>
        <translation>Intensitäten</translation>
    </message>
    <message>
        <source>Log probabilities</source>
        <translation>Logarithmen von Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>Logits</source>
        <translation>Logits</translation>
    </message>
    <message>
        <source>Mean 0, standard deviation 1 (z-score)</source>
        <translation>Mittel 0, Standardabweichung 1 (z-Werte)</translation>
    </message>
    <message>
        <source>Minimum to 0, maximum to 1</source>
        <translation>Minimum auf 0, Maximum auf 1</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>One class of several (softmax)</source>
        <translation>Eine Klasse von mehreren (Softmax)</translation>
    </message>
    <message>
        <source>One output per voxel (segmentation)</source>
        <translation>Eine Ausgabe je Voxel (Segmentierung)</translation>
    </message>
    <message>
        <source>Output meaning</source>
        <translation>Bedeutung der Ausgabe</translation>
    </message>
    <message>
        <source>Output type</source>
        <translation>Art der Ausgabe</translation>
    </message>
    <message>
        <source>Placement</source>
        <translation>Lage</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <translation>Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>RAS: right, anterior, superior</source>
        <translation>RAS: rechts, vorn, oben</translation>
    </message>
    <message>
        <source>Save as {} next to the network</source>
        <translation>Als {} neben dem Netz speichern</translation>
    </message>
    <message>
        <source>The whole field of view of the scan</source>
        <translation>Das ganze Sichtfeld des Scans</translation>
    </message>
    <message>
        <source>Unchanged</source>
        <translation>Unverändert</translation>
    </message>
    <message>
        <source>Unknown: let the viewer guess</source>
        <translation>Unbekannt: das Programm raten lassen</translation>
    </message>
    <message>
        <source>Unknown: read from the network&apos;s last operators</source>
        <translation>Unbekannt: an den letzten Operatoren ablesen</translation>
    </message>
    <message>
        <source>Use one scan for all channels intentionally</source>
        <translation>Einen Scan absichtlich für alle Kanäle verwenden</translation>
    </message>
    <message>
        <source>Voxel size, mm</source>
        <translation>Voxelgröße, mm</translation>
    </message>
    <message>
        <source>Voxels</source>
        <translation>Voxel</translation>
    </message>
    <message>
        <source>Yes or no, one output (sigmoid)</source>
        <translation>Ja oder nein, eine Ausgabe (Sigmoid)</translation>
    </message>
    <message>
        <source>control, patient</source>
        <translation>Kontrolle, Patient</translation>
    </message>
    <message>
        <source>my network</source>
        <translation>mein Netz</translation>
    </message>
    <message>
        <source>one; or their names: T1, T1c, T2, FLAIR</source>
        <translation>einer; oder ihre Namen: T1, T1c, T2, FLAIR</translation>
    </message>
    <message>
        <source>this form</source>
        <translation>dieses Formular</translation>
    </message>
    <message>
        <source>{} exists and is not changed</source>
        <translation>{} gibt es schon, und es wird nicht geändert</translation>
    </message>
    <message>
        <source>{}: {}.</source>
        <translation>{}: {}.</translation>
    </message>
</context>
<context>
    <name>ModelDock</name>
    <message>
        <source> ({:.4g} to {:.4g} under small shifts and perturbations of the scan)</source>
        <translation> ({:.4g} bis {:.4g} bei kleinen Bewegungen und Änderungen des Scans)</translation>
    </message>
    <message>
        <source>Add the class of every voxel to the maps, to see the predicted bodies in the box</source>
        <translation>Die Klasse jedes Voxels zu den Karten hinzufügen, um die vorhergesagten Körper in der Box zu sehen</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Answer {}</source>
        <translation>Antwort {}</translation>
    </message>
    <message>
        <source>Fold</source>
        <translation>Fold</translation>
    </message>
    <message>
        <source>Fold {}</source>
        <translation>Fold {}</translation>
    </message>
    <message>
        <source>Input: {} voxels ({}){}, {}; intensities: {}</source>
        <translation>Eingabe: {} Voxel ({}){}, {}; Intensitäten: {}</translation>
    </message>
    <message>
        <source>Loading {} …</source>
        <translation>{} wird geladen …</translation>
    </message>
    <message>
        <source>Mean of all folds</source>
        <translation>Mittel aller Folds</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model facts</source>
        <translation>Angaben zum Modell</translation>
    </message>
    <message>
        <source>No network is open. Open a model file, or drop one on the window.</source>
        <translation>Kein Netz ist geöffnet. Öffnen Sie eine Modelldatei, oder ziehen Sie eine auf das Fenster.</translation>
    </message>
    <message>
        <source>Not reliable: {}</source>
        <translation>Nicht verlässlich: {}</translation>
    </message>
    <message>
        <source>Open model …</source>
        <translation>Modell öffnen …</translation>
    </message>
    <message>
        <source>Outputs: {}</source>
        <translation>Ausgaben: {}</translation>
    </message>
    <message>
        <source>Prediction for this scan</source>
        <translation>Vorhersage für diesen Scan</translation>
    </message>
    <message>
        <source>Prediction saved with this map</source>
        <translation>Mit dieser Karte gespeicherte Vorhersage</translation>
    </message>
    <message>
        <source>Prediction saved with this map ({})</source>
        <translation>Mit dieser Karte gespeicherte Vorhersage ({})</translation>
    </message>
    <message>
        <source>Running the network …</source>
        <translation>Das Netz rechnet …</translation>
    </message>
    <message>
        <source>Show prediction as map</source>
        <translation>Vorhersage als Karte zeigen</translation>
    </message>
    <message>
        <source>The card does not describe the input.</source>
        <translation>Die Modellkarte beschreibt die Eingabe nicht.</translation>
    </message>
    <message>
        <source>Weights: {}</source>
        <translation>Gewichte: {}</translation>
    </message>
    <message>
        <source>Which network of this folder is run: that of one fold, or the mean of all</source>
        <translation>Welches der Netze dieses Ordners gerechnet wird: das eines Folds oder ihr Mittel</translation>
    </message>
    <message>
        <source>Which of the network&apos;s output tensors is shown and explained</source>
        <translation>Welcher der Tensoren, die das Netz liefert, gezeigt und erklärt wird</translation>
    </message>
    <message>
        <source>any size</source>
        <translation>jede Größe</translation>
    </message>
    <message>
        <source>{}: {:,.1f} ml</source>
        <translation>{}: {:,.1f} ml</translation>
    </message>
</context>
<context>
    <name>ModelInputs</name>
    <message>
        <source>A file with one volume for each image, in the order of the rows</source>
        <translation>Eine Datei mit einem Volumen für jedes Bild, in der Reihenfolge der Zeilen</translation>
    </message>
    <message>
        <source>Align images</source>
        <translation>Bilder ausrichten</translation>
    </message>
    <message>
        <source>All from one file …</source>
        <translation>Alle aus einer Datei …</translation>
    </message>
    <message>
        <source>Choose an image for {}.</source>
        <translation>Wählen Sie ein Bild für {}.</translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Image {}</source>
        <translation>Bild {}</translation>
    </message>
    <message>
        <source>Images and covariates of the person</source>
        <translation>Bilder und Zahlen der Person</translation>
    </message>
    <message>
        <source>Inputs of the network</source>
        <translation>Eingaben des Netzes</translation>
    </message>
    <message>
        <source>Register the images to the first one (rigid), if the head moved between them</source>
        <translation>Die Bilder starr auf das erste registrieren, wo der Kopf anders lag</translation>
    </message>
    <message>
        <source>The network {}</source>
        <translation>Das Netz {}</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
</context>
<context>
    <name>MosaicView</name>
    <message>
        <source>Click: move the crosshair. Wheel, O: axial, coronal or sagittal.</source>
        <translation>Klick: Fadenkreuz setzen. Mausrad, O: axial, koronal oder sagittal.</translation>
    </message>
    <message>
        <source>Mosaic of slices</source>
        <translation>Mosaik der Schnitte</translation>
    </message>
</context>
<context>
    <name>MovieDialog</name>
    <message>
        <source>Animation</source>
        <translation>Animation</translation>
    </message>
    <message>
        <source>Axial slices, bottom to top</source>
        <translation>Axiale Schnitte von unten nach oben</translation>
    </message>
    <message>
        <source>Full turn</source>
        <translation>Volle Drehung</translation>
    </message>
    <message>
        <source>GIF only. For MP4, install the package imageio-ffmpeg.</source>
        <translation>Nur GIF. Für MP4 das Paket imageio-ffmpeg installieren.</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Save movie</source>
        <translation>Film speichern</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>The file extension sets the format: .mp4 or .gif.</source>
        <translation>Die Dateiendung bestimmt das Format: .mp4 oder .gif.</translation>
    </message>
    <message>
        <source>Threshold sweep</source>
        <translation>Schwelle durchlaufen</translation>
    </message>
</context>
<context>
    <name>OutlineDisplay</name>
    <message>
        <source>Drawing outlines</source>
        <translation>Umrisse werden gezeichnet</translation>
    </message>
</context>
<context>
    <name>PaletteEntries</name>
    <message>
        <source>Feature visualisation</source>
        <translation>Merkmale sichtbar machen</translation>
    </message>
    <message>
        <source>Finding {}</source>
        <translation>{} wird gesucht</translation>
    </message>
    <message>
        <source>action</source>
        <translation>Aktion</translation>
    </message>
    <message>
        <source>action in {}</source>
        <translation>Aktion in {}</translation>
    </message>
    <message>
        <source>area brain structure</source>
        <translation>Areal Gehirn Struktur</translation>
    </message>
    <message>
        <source>check</source>
        <translation>Prüfung</translation>
    </message>
    <message>
        <source>guide, {}</source>
        <translation>Anleitung, {}</translation>
    </message>
    <message>
        <source>help explain read meaning how why</source>
        <translation>Hilfe erklären lesen Bedeutung wie warum was</translation>
    </message>
    <message>
        <source>in {}</source>
        <translation>in {}</translation>
    </message>
    <message>
        <source>layer, {}</source>
        <translation>Schicht, {}</translation>
    </message>
    <message>
        <source>layout</source>
        <translation>Anordnung</translation>
    </message>
    <message>
        <source>map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>of the channel chosen in {}</source>
        <translation>des Kanals, der in {} gewählt ist</translation>
    </message>
    <message>
        <source>panel</source>
        <translation>Bereich</translation>
    </message>
    <message>
        <source>region of {}</source>
        <translation>Region von {}</translation>
    </message>
    <message>
        <source>view</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>{} method</source>
        <translation>Methode: {}</translation>
    </message>
    <message>
        <source>{} panel</source>
        <translation>Bereich {}</translation>
    </message>
    <message>
        <source>{}, not available now</source>
        <translation>{}, jetzt nicht verfügbar</translation>
    </message>
</context>
<context>
    <name>ParameterForm</name>
    <message>
        <source>Browse for {}</source>
        <translation>Durchsuchen: {}</translation>
    </message>
    <message>
        <source>Default {}</source>
        <translation>Voreinstellung {}</translation>
    </message>
    <message>
        <source>at least {:g}</source>
        <translation>mindestens {:g}</translation>
    </message>
    <message>
        <source>at most {:g}</source>
        <translation>höchstens {:g}</translation>
    </message>
</context>
<context>
    <name>ParticipantFilterBox</name>
    <message>
        <source>All participants</source>
        <translation>Alle Teilnehmer</translation>
    </message>
    <message>
        <source>Filter by</source>
        <translation>Filtern nach</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>from</source>
        <translation>von</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
</context>
<context>
    <name>Planes</name>
    <message>
        <source>axial</source>
        <translation>axial</translation>
    </message>
    <message>
        <source>coronal</source>
        <translation>koronal</translation>
    </message>
    <message>
        <source>sagittal</source>
        <translation>sagittal</translation>
    </message>
</context>
<context>
    <name>PredictedBodyFinder</name>
    <message>
        <source>Looking for the body …</source>
        <translation>Der Körper wird gesucht …</translation>
    </message>
    <message>
        <source>Looking for the predicted body</source>
        <translation>Der vorhergesagte Körper wird gesucht</translation>
    </message>
    <message>
        <source>No predicted body at the crosshair: click on one in a slice or in the box.</source>
        <translation>Kein vorhergesagter Körper am Fadenkreuz: Klicken Sie auf einen in einem Schnitt oder in der Box.</translation>
    </message>
    <message>
        <source>The network has not segmented this scan yet.</source>
        <translation>Das Netz hat diesen Scan noch nicht segmentiert.</translation>
    </message>
    <message>
        <source>{}: the body of {} at {:z.0f}, {:z.0f}, {:z.0f} mm</source>
        <translation>{}: der Körper von {} bei {:z.0f}, {:z.0f}, {:z.0f} mm</translation>
    </message>
</context>
<context>
    <name>PredictionBars</name>
    <message>
        <source>Prediction</source>
        <translation>Vorhersage</translation>
    </message>
    <message>
        <source>under small shifts and perturbations of the scan</source>
        <translation>bei kleinen Bewegungen und Änderungen des Scans</translation>
    </message>
    <message>
        <source>{} to {} {}</source>
        <translation>{} bis {} {}</translation>
    </message>
    <message>
        <source>In brackets: {}.</source>
        <translation>In Klammern: {}.</translation>
    </message>
    <message>
        <source>In brackets: the lowest and the highest probability under small shifts and perturbations of the scan.</source>
        <translation>In Klammern: die niedrigste und die höchste Wahrscheinlichkeit bei kleinen Bewegungen und Änderungen des Scans.</translation>
    </message>
    <message>
        <source>range &lt; 1%</source>
        <translation>Spanne &lt; 1 %</translation>
    </message>
</context>
<context>
    <name>PreparationDock</name>
    <message>
        <source> and </source>
        <translation> und </translation>
    </message>
    <message>
        <source>Aligns the scan to the template&apos;s position, size and orientation.</source>
        <translation>Bringt den Scan an Ort, Größe und Richtung der Vorlage.</translation>
    </message>
    <message>
        <source>Brain mask on slices</source>
        <translation>Hirnmaske auf Schnitten</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Caution: {}</source>
        <translation>Vorsicht: {}</translation>
    </message>
    <message>
        <source>Correct the bias field</source>
        <translation>Bias-Feld korrigieren</translation>
    </message>
    <message>
        <source>Corrects smooth intensity variations caused by the scanner&apos;s coils (N4).</source>
        <translation>Entfernt langsame Helligkeitsänderungen, die von den Spulen des Scanners kommen (N4).</translation>
    </message>
    <message>
        <source>Find the brain</source>
        <translation>Gehirn finden</translation>
    </message>
    <message>
        <source>From {}</source>
        <translation>Aus {}</translation>
    </message>
    <message>
        <source>Maps of the prepared scan are shown on the original scan.</source>
        <translation>Karten des vorbereiteten Scans werden auf dem Scan gezeigt, wie er gegeben wurde.</translation>
    </message>
    <message>
        <source>Mask file …</source>
        <translation>Maske …</translation>
    </message>
    <message>
        <source>Needed to register the scan and to remove the skull.</source>
        <translation>Nötig, um den Scan zu registrieren und den Schädel zu entfernen.</translation>
    </message>
    <message>
        <source>No network: the ticked steps are run.</source>
        <translation>Ohne Netz: Was angekreuzt ist, wird gemacht.</translation>
    </message>
    <message>
        <source>Not prepared: the network gets the original scan.</source>
        <translation>Nicht vorbereitet: Dem Netz wird der Scan gezeigt, wie er gegeben wurde.</translation>
    </message>
    <message>
        <source>Open a scan to prepare it.</source>
        <translation>Öffnen Sie einen Scan, um ihn vorzubereiten.</translation>
    </message>
    <message>
        <source>Prepare</source>
        <translation>Vorbereiten</translation>
    </message>
    <message>
        <source>Prepared, but not as this network requires.</source>
        <translation>Vorbereitet, aber nicht, wie dieses Netz es verlangt.</translation>
    </message>
    <message>
        <source>Prepared, but not reliable: {}.</source>
        <translation>Vorbereitet, aber nicht vertrauenswürdig: {}.</translation>
    </message>
    <message>
        <source>Prepared. {}</source>
        <translation>Vorbereitet. {}</translation>
    </message>
    <message>
        <source>Preparing {}</source>
        <translation>{} wird vorbereitet</translation>
    </message>
    <message>
        <source>Preparing …</source>
        <translation>Wird vorbereitet …</translation>
    </message>
    <message>
        <source>Read the brain mask from an image instead of computing it</source>
        <translation>Die Hirnmaske aus einem Bild nehmen, statt sie zu suchen</translation>
    </message>
    <message>
        <source>Read the transform to the template from a file (JSON, ITK, FSL) instead of computing it</source>
        <translation>Die Transformation zur Vorlage aus einer Datei nehmen (JSON, ITK, FSL), statt sie zu suchen</translation>
    </message>
    <message>
        <source>Register to MNI152</source>
        <translation>Auf MNI152 registrieren</translation>
    </message>
    <message>
        <source>Register to MNI152 ({})</source>
        <translation>Auf MNI152 reg. ({})</translation>
    </message>
    <message>
        <source>Remove the skull</source>
        <translation>Schädel entfernen</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Save mask and transform …</source>
        <translation>Beides speichern …</translation>
    </message>
    <message>
        <source>Save mask, transform, prepared scan and a record of the steps</source>
        <translation>Maske, Transformation, vorbereiteten Scan und ein Protokoll der Schritte speichern</translation>
    </message>
    <message>
        <source>Sets all voxels outside the brain to 0.</source>
        <translation>Setzt alle Voxel außerhalb des Gehirns auf 0.</translation>
    </message>
    <message>
        <source>Summary of the preparation</source>
        <translation>Zusammenfassung der Vorbereitung</translation>
    </message>
    <message>
        <source>Template outline on slices</source>
        <translation>Vorlage auf Schnitten</translation>
    </message>
    <message>
        <source>The card does not specify {}.</source>
        <translation>Die Modellkarte sagt nichts über {}.</translation>
    </message>
    <message>
        <source>The ticked steps are required by {}.</source>
        <translation>Angekreuzt ist, was {} verlangt.</translation>
    </message>
    <message>
        <source>Transform file …</source>
        <translation>Transform. …</translation>
    </message>
    <message>
        <source>Undo all</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Undone</source>
        <translation>Zurückgenommen</translation>
    </message>
    <message>
        <source>Use the original scan as input again</source>
        <translation>Dem Netz den Scan wieder zeigen, wie er gegeben wurde</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>brightest to darkest part {:.2f}</source>
        <translation>hellster zu dunkelster Teil {:.2f}</translation>
    </message>
    <message>
        <source>correlation {:.2f}</source>
        <translation>Korrelation {:.2f}</translation>
    </message>
    <message>
        <source>the bias field</source>
        <translation>das Bias-Feld</translation>
    </message>
    <message>
        <source>the skull</source>
        <translation>den Schädel</translation>
    </message>
    <message>
        <source>the space</source>
        <translation>den Raum</translation>
    </message>
    <message>
        <source>{:,.0f} ml</source>
        <translation>{:,.0f} ml</translation>
    </message>
    <message>
        <source>{} requires no preparation.</source>
        <translation>{} verlangt keine Vorbereitung.</translation>
    </message>
    <message>
        <source>{} · about {} left</source>
        <translation>{} · noch etwa {}</translation>
    </message>
</context>
<context>
    <name>PreparationPictureDialog</name>
    <message>
        <source>Click to close</source>
        <translation>Klick schließt</translation>
    </message>
</context>
<context>
    <name>PreparationPictureView</name>
    <message>
        <source>Drawing the preparation</source>
        <translation>Die Vorbereitung wird gezeichnet</translation>
    </message>
</context>
<context>
    <name>PreparationQuality</name>
    <message>
        <source>Brain cut off: the head ends at a straight edge inside the outline. The scan does not cover the whole brain.</source>
        <translation>Gehirn abgeschnitten: Der Kopf endet an einer geraden Kante innerhalb des Umrisses. Der Scan enthält nicht das ganze Gehirn.</translation>
    </message>
    <message>
        <source>Brain mask</source>
        <translation>Hirnmaske</translation>
    </message>
    <message>
        <source>Checkerboard</source>
        <translation>Schachbrett</translation>
    </message>
    <message>
        <source>Click or press Return to enlarge</source>
        <translation>Klick oder Eingabetaste vergrößert</translation>
    </message>
    <message>
        <source>Dashed pink line: the brain mask, over the scan.</source>
        <translation>Gestrichelte rosa Linie: die Hirnmaske, über dem Scan.</translation>
    </message>
    <message>
        <source>Does this look right?</source>
        <translation>Sieht das richtig aus?</translation>
    </message>
    <message>
        <source>Grey squares: scan. Bluish squares: template. Edges should continue across them.</source>
        <translation>Graue Felder: der Scan. Bläuliche: die Vorlage. Kanten sollten über sie hinweg weiterlaufen.</translation>
    </message>
    <message>
        <source>Numbers of the preparation</source>
        <translation>Zahlen der Vorbereitung</translation>
    </message>
    <message>
        <source>Outline of the template</source>
        <translation>Umriss der Vorlage</translation>
    </message>
    <message>
        <source>Picture of the preparation</source>
        <translation>Bild der Vorbereitung</translation>
    </message>
    <message>
        <source>Slices of the prepared scan</source>
        <translation>Schnitte des vorbereiteten Scans</translation>
    </message>
    <message>
        <source>Upside down or rotated: the outline&apos;s narrow front or its brain stem points elsewhere than the head&apos;s. The file&apos;s header may be wrong.</source>
        <translation>Kopfüber oder gedreht: Die schmale Vorderseite oder der Hirnstamm des Umrisses zeigen woandershin als die des Kopfes. Der Kopf der Datei ist vielleicht falsch.</translation>
    </message>
    <message>
        <source>Wrong mask: the dashed line runs through the bright scalp, leaves out parts of the brain, or encloses holes in it. Choose a mask file instead.</source>
        <translation>Falsche Maske: Die gestrichelte Linie läuft durch die helle Kopfhaut, oder sie lässt Gehirn aus oder hat Löcher darin. Geben Sie eine eigene Maske an.</translation>
    </message>
    <message>
        <source>Yellow line: outline of the template&apos;s brain, over the registered scan.</source>
        <translation>Gelbe Linie: das Gehirn der Vorlage, über dem verschobenen Scan.</translation>
    </message>
</context>
<context>
    <name>Presentation</name>
    <message>
        <source>Esc leaves   ·   H lists the keys</source>
        <translation>Esc verlässt   ·   H zeigt die Tasten</translation>
    </message>
    <message>
        <source>Esc: leave   ·   Wheel or ↑ ↓: threshold   ·   1–9: map   ·   S: threshold sweep   ·   C: caption   ·   Drag or ← →: rotate</source>
        <translation>Esc: verlassen   ·   Mausrad oder ↑ ↓: Schwelle   ·   1–9: Karte   ·   S: Schwelle durchlaufen   ·   C: Bildtext   ·   Ziehen oder ← →: drehen</translation>
    </message>
    <message>
        <source>{} (hidden)</source>
        <translation>{} (ausgeblendet)</translation>
    </message>
    <message>
        <source>|value| ≥ {}   ·   {}</source>
        <translation>|Wert| ≥ {}   ·   {}</translation>
    </message>
</context>
<context>
    <name>PresentationCaption</name>
    <message>
        <source>Caption</source>
        <translation>Bildtext</translation>
    </message>
    <message>
        <source>no prediction: the scan does not fit the network</source>
        <translation>keine Vorhersage: Der Scan passt nicht zum Netz</translation>
    </message>
</context>
<context>
    <name>ProfileView</name>
    <message>
        <source>Relevance in every slice. Click or drag: go to that slice.</source>
        <translation>Relevanz in jedem Schnitt. Klick oder Ziehen: zu diesem Schnitt gehen.</translation>
    </message>
    <message>
        <source>Relevance per {} slice</source>
        <translation>Relevanz je Schnitt: {}</translation>
    </message>
</context>
<context>
    <name>QueryRow</name>
    <message>
        <source>Query</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>The token whose attention is shown</source>
        <translation>Das Token, dessen Aufmerksamkeit gezeigt wird</translation>
    </message>
    <message>
        <source>class token</source>
        <translation>Klassentoken</translation>
    </message>
    <message>
        <source>mean over all tokens</source>
        <translation>Mittel über alle Token</translation>
    </message>
    <message>
        <source>patch at the crosshair</source>
        <translation>Patch am Fadenkreuz</translation>
    </message>
</context>
<context>
    <name>Recovery</name>
    <message>
        <source>1 map</source>
        <translation>1 Karte</translation>
    </message>
    <message>
        <source>1 more session can be restored.</source>
        <translation>1 weitere Sitzung kann wiederhergestellt werden.</translation>
    </message>
    <message>
        <source>Crash recovery is off: {}</source>
        <translation>Wiederherstellung nach einem Absturz ist aus: {}</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Discarded; kept for {} days in {}</source>
        <translation>Verworfen; {} Tage aufbewahrt in {}</translation>
    </message>
    <message>
        <source>Do not offer this session again; its files are kept for {} days</source>
        <translation>Diese Sitzung nicht wieder anbieten; ihre Dateien werden {} Tage aufbewahrt</translation>
    </message>
    <message>
        <source>Last map saved {}</source>
        <translation>Letzte Karte gespeichert {}</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>Not everything could be restored</source>
        <translation>Nicht alles konnte wiederhergestellt werden</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Restore session</source>
        <translation>Sitzung wiederherstellen</translation>
    </message>
    <message>
        <source>Restoring the session</source>
        <translation>Die Sitzung wird wiederhergestellt</translation>
    </message>
    <message>
        <source>The program ended unexpectedly. Restore its session?</source>
        <translation>Das Programm endete, bevor sein Fenster geschlossen wurde. Wiederherstellen, was es zeigte?</translation>
    </message>
    <message>
        <source>The session could not be discarded</source>
        <translation>Die Sitzung konnte nicht verworfen werden</translation>
    </message>
    <message>
        <source>View saved {}; later changes are lost</source>
        <translation>Ansicht gespeichert {}; spätere Änderungen sind verloren</translation>
    </message>
    <message>
        <source>{} ago ({})</source>
        <translation>vor {} ({})</translation>
    </message>
    <message>
        <source>{} maps</source>
        <translation>{} Karten</translation>
    </message>
    <message>
        <source>{} more sessions can be restored.</source>
        <translation>{} weitere Sitzungen können wiederhergestellt werden.</translation>
    </message>
    <message>
        <source>{}, {}</source>
        <translation>{}, {}</translation>
    </message>
</context>
<context>
    <name>ReductionComboBox</name>
    <message>
        <source>How the outputs of the region&apos;s voxels are combined</source>
        <translation>Was von den Voxeln der Region erklärt wird</translation>
    </message>
    <message>
        <source>Mean over the region</source>
        <translation>Mittel über die Region</translation>
    </message>
    <message>
        <source>Reduction</source>
        <translation>Zusammenfassung</translation>
    </message>
    <message>
        <source>Sum over the region</source>
        <translation>Summe über die Region</translation>
    </message>
    <message>
        <source>The same share for every voxel</source>
        <translation>Derselbe Anteil für jedes Voxel</translation>
    </message>
</context>
<context>
    <name>RegionComboBox</name>
    <message>
        <source>A mask…</source>
        <translation>Eine Maske…</translation>
    </message>
    <message>
        <source>Everywhere</source>
        <translation>Überall</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>The part of the prediction whose scores are summed and explained</source>
        <translation>Der Teil der Vorhersage, dessen Werte summiert und erklärt werden</translation>
    </message>
    <message>
        <source>The predicted body at the crosshair</source>
        <translation>Der vorhergesagte Körper am Fadenkreuz</translation>
    </message>
    <message>
        <source>Where its probability is above 50 %</source>
        <translation>Wo ihre Wahrscheinlichkeit über 50 % liegt</translation>
    </message>
</context>
<context>
    <name>RegionEffectModel</name>
    <message>
        <source>95 % interval</source>
        <translation>95-%-Intervall</translation>
    </message>
    <message>
        <source>Confidence interval of the effect</source>
        <translation>Konfidenzintervall des Effekts</translation>
    </message>
    <message>
        <source>Effect</source>
        <translation>Effekt</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Region</translation>
    </message>
    <message>
        <source>Region of the atlas</source>
        <translation>Region des Atlas</translation>
    </message>
    <message>
        <source>Tested coefficient of the mean relevance in the region</source>
        <translation>Getesteter Koeffizient der mittleren Relevanz in der Region</translation>
    </message>
    <message>
        <source>Two-sided p, uncorrected</source>
        <translation>Zweiseitiges p, nicht korrigiert</translation>
    </message>
    <message>
        <source>p</source>
        <translation>p</translation>
    </message>
    <message>
        <source>p FWE</source>
        <translation>p FWE</translation>
    </message>
    <message>
        <source>p corrected across all regions by permutation</source>
        <translation>p, durch Permutation für alle Regionen korrigiert</translation>
    </message>
    <message>
        <source>{}: {}, mean {}, t {}</source>
        <translation>{}: {}, Mittel {}, t {}</translation>
    </message>
</context>
<context>
    <name>SavedLayouts</name>
    <message>
        <source>Layout:</source>
        <translation>Anordnung:</translation>
    </message>
    <message>
        <source>Name of the layout:</source>
        <translation>Name der Anordnung:</translation>
    </message>
    <message>
        <source>Remove layout</source>
        <translation>Anordnung entfernen</translation>
    </message>
    <message>
        <source>Replace the layout {}?</source>
        <translation>Die Anordnung {} ersetzen?</translation>
    </message>
    <message>
        <source>Save layout</source>
        <translation>Anordnung speichern</translation>
    </message>
</context>
<context>
    <name>SavingDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Close without saving</source>
        <translation>Ohne Speichern schließen</translation>
    </message>
    <message>
        <source>Keep the window open</source>
        <translation>Fenster offen lassen</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>The window closes as soon as this is finished.</source>
        <translation>Das Fenster schließt sich, sobald dies fertig ist.</translation>
    </message>
</context>
<context>
    <name>ScanChoiceBox</name>
    <message>
        <source>A folder of scans …</source>
        <translation>Ein Ordner mit Scans …</translation>
    </message>
    <message>
        <source>A scan …</source>
        <translation>Ein Scan …</translation>
    </message>
    <message>
        <source>Choose a folder of scans: {}</source>
        <translation>Ordner mit Scans wählen: {}</translation>
    </message>
    <message>
        <source>Choose a scan: {}</source>
        <translation>Scan wählen: {}</translation>
    </message>
</context>
<context>
    <name>ScanTableModel</name>
    <message>
        <source>Scan</source>
        <translation>Scan</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>Person</translation>
    </message>
    <message>
        <source>y</source>
        <translation>y</translation>
    </message>
</context>
<context>
    <name>ShareBars</name>
    <message>
        <source>Share of each input in the sum of |relevance|</source>
        <translation>Anteil jeder Eingabe an der Summe der |Relevanz|</translation>
    </message>
    <message>
        <source>Share of |relevance|</source>
        <translation>Anteil an |Relevanz|</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Box: copy the figure</source>
        <translation>Box: Abbildung kopieren</translation>
    </message>
    <message>
        <source>Box: home view. Slice: fit to window</source>
        <translation>Box: Grundansicht. Schnitt: ins Fenster einpassen</translation>
    </message>
    <message>
        <source>Box: move the crosshair there</source>
        <translation>Box: Fadenkreuz dorthin setzen</translation>
    </message>
    <message>
        <source>Box: rotate. Slice: move the crosshair</source>
        <translation>Box: drehen. Schnitt: Fadenkreuz bewegen</translation>
    </message>
    <message>
        <source>Box: walls at the crosshair or in the middle</source>
        <translation>Box: Wände am Fadenkreuz oder in der Mitte</translation>
    </message>
    <message>
        <source>Box: zoom. Slice: next slice</source>
        <translation>Box: zoomen. Schnitt: nächster Schnitt</translation>
    </message>
    <message>
        <source>Click</source>
        <translation>Klick</translation>
    </message>
    <message>
        <source>Click, arrows, Home</source>
        <translation>Klick, Pfeile, Pos1</translation>
    </message>
    <message>
        <source>Ctrl+C</source>
        <translation>Strg+C</translation>
    </message>
    <message>
        <source>Ctrl+wheel, + and −</source>
        <translation>Strg+Mausrad, + und −</translation>
    </message>
    <message>
        <source>Double-click, Home</source>
        <translation>Doppelklick, Pos1</translation>
    </message>
    <message>
        <source>Drag, arrows</source>
        <translation>Ziehen, Pfeile</translation>
    </message>
    <message>
        <source>Larger steps</source>
        <translation>Größere Schritte</translation>
    </message>
    <message>
        <source>Maps: draw with the others</source>
        <translation>Karten: mit den anderen zeichnen</translation>
    </message>
    <message>
        <source>Maps: hide or show, remove</source>
        <translation>Karten: ausblenden oder zeigen, entfernen</translation>
    </message>
    <message>
        <source>Menus</source>
        <translation>Menüs</translation>
    </message>
    <message>
        <source>Middle drag</source>
        <translation>Ziehen mit mittlerer Taste</translation>
    </message>
    <message>
        <source>Mosaic: axial, coronal or sagittal</source>
        <translation>Mosaik: axial, koronal oder sagittal</translation>
    </message>
    <message>
        <source>Page up, page down</source>
        <translation>Bild auf, Bild ab</translation>
    </message>
    <message>
        <source>Presentation: threshold sweep, caption, keys</source>
        <translation>Präsentation: Schwelle durchlaufen, Bildtext, Tasten</translation>
    </message>
    <message>
        <source>Presentation: threshold, map</source>
        <translation>Präsentation: Schwelle, Karte</translation>
    </message>
    <message>
        <source>Profile: go to slice, move, go to peak</source>
        <translation>Profil: zum Schnitt, bewegen, zum Maximum</translation>
    </message>
    <message>
        <source>Right drag</source>
        <translation>Ziehen mit rechter Taste</translation>
    </message>
    <message>
        <source>S, C, H</source>
        <translation>S, C, H</translation>
    </message>
    <message>
        <source>Shift+arrows</source>
        <translation>Umschalt+Pfeile</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Slice: brightness and contrast</source>
        <translation>Schnitt: Helligkeit und Kontrast</translation>
    </message>
    <message>
        <source>Slice: next and previous slice</source>
        <translation>Schnitt: nächster und voriger Schnitt</translation>
    </message>
    <message>
        <source>Slice: pan</source>
        <translation>Schnitt: verschieben</translation>
    </message>
    <message>
        <source>Space, Delete</source>
        <translation>Leertaste, Entf</translation>
    </message>
    <message>
        <source>Views</source>
        <translation>Ansichten</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Mausrad</translation>
    </message>
    <message>
        <source>Wheel, ↑ ↓, 1–9</source>
        <translation>Mausrad, ↑ ↓, 1–9</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Zoomen</translation>
    </message>
</context>
<context>
    <name>SliceView</name>
    <message>
        <source>Drag: crosshair. Wheel: next slice. Ctrl+wheel: zoom. Middle drag: pan. Right drag: brightness. Double-click: fit to window.</source>
        <translation>Ziehen: Fadenkreuz. Mausrad: nächster Schnitt. Strg+Mausrad: Zoom. Mittlere Taste: verschieben. Rechte Taste: Helligkeit. Doppelklick: einpassen.</translation>
    </message>
    <message>
        <source>{} slice</source>
        <translation>Schnitt: {}</translation>
    </message>
</context>
<context>
    <name>SlicesDialog</name>
    <message>
        <source>Resolution</source>
        <translation>Auflösung</translation>
    </message>
    <message>
        <source>Save slices</source>
        <translation>Schnitte speichern</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>Breite</translation>
    </message>
    <message>
        <source>{:.0f} mm wide in print; the height is set by the slices.</source>
        <translation>{:.0f} mm breit im Druck; die Höhe ergibt sich aus den Schnitten.</translation>
    </message>
</context>
<context>
    <name>Startup</name>
    <message>
        <source>Loading methods …</source>
        <translation>Methoden werden geladen …</translation>
    </message>
    <message>
        <source>The box cannot be drawn: VTK cannot be imported ({}).</source>
        <translation>Die Box kann nicht gezeichnet werden: VTK kann nicht importiert werden ({}).</translation>
    </message>
    <message>
        <source>The demonstration&apos;s threshold, sign and smoothing apply only to its own map.</source>
        <translation>Schwelle, Vorzeichen und Glättung der Demonstration gelten nur für ihre eigene Karte.</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source> · {} left</source>
        <translation> · noch {}</translation>
    </message>
    <message>
        <source>1 note</source>
        <translation>1 Hinweis</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Cancel (Esc)</source>
        <translation>Abbrechen (Esc)</translation>
    </message>
    <message>
        <source>Crosshair</source>
        <translation>Fadenkreuz</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Repairs and notes from reading the scan and the atlas</source>
        <translation>Reparaturen und Hinweise vom Lesen des Scans und des Atlas</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>Aufgabe</translation>
    </message>
    <message>
        <source>map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>scan {}</source>
        <translation>Scan {}</translation>
    </message>
    <message>
        <source>voxel {} {} {}</source>
        <translation>Voxel {} {} {}</translation>
    </message>
    <message>
        <source>{} notes</source>
        <translation>{} Hinweise</translation>
    </message>
</context>
<context>
    <name>SteadinessCheck</name>
    <message>
        <source>Checking the stability of the prediction …&#xa0;{}</source>
        <translation>Wie stetig die Vorhersage ist, wird geprüft …&#xa0;{}</translation>
    </message>
    <message>
        <source>Checking the stability of the prediction: paused</source>
        <translation>Prüfung, wie stetig die Vorhersage ist: angehalten</translation>
    </message>
    <message>
        <source>The stability of the prediction could not be checked: {}</source>
        <translation>Wie stetig die Vorhersage ist, konnte nicht geprüft werden: {}</translation>
    </message>
</context>
<context>
    <name>StepRow</name>
    <message>
        <source>State: {}</source>
        <translation>Zustand: {}</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Undo this step and keep the others</source>
        <translation>Diesen Schritt zurücknehmen; die anderen bleiben</translation>
    </message>
    <message>
        <source>Undo: {}</source>
        <translation>Zurücknehmen: {}</translation>
    </message>
</context>
<context>
    <name>StudyDialog</name>
    <message>
        <source>A .tsv or .csv file with one row per scan and the columns scan, subject and y</source>
        <translation>Eine .tsv- oder .csv-Datei mit einer Zeile je Scan und den Spalten scan, subject und y</translation>
    </message>
    <message>
        <source>A study is being trained.</source>
        <translation>Eine Studie wird trainiert.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Double-click a scan, or press Return, to show it in the box.</source>
        <translation>Doppelklick auf einen Scan, oder Eingabetaste, zeigt ihn in der Box.</translation>
    </message>
    <message>
        <source>Open table</source>
        <translation>Tabelle öffnen</translation>
    </message>
    <message>
        <source>Open table …</source>
        <translation>Tabelle öffnen …</translation>
    </message>
    <message>
        <source>Reading the study</source>
        <translation>Die Studie wird gelesen</translation>
    </message>
    <message>
        <source>Reading …</source>
        <translation>Wird gelesen …</translation>
    </message>
    <message>
        <source>Scans</source>
        <translation>Scans</translation>
    </message>
    <message>
        <source>Simulated from the MNI152 templates, with an added activation.</source>
        <translation>Simuliert aus den MNI152-Vorlagen, mit einer hinzugefügten Aktivierung.</translation>
    </message>
    <message>
        <source>Start (Return)</source>
        <translation>Starten (Eingabetaste)</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Studie</translation>
    </message>
    <message>
        <source>Train and map</source>
        <translation>Trainieren und kartieren</translation>
    </message>
    <message>
        <source>y has the classes {}.</source>
        <translation>y hat die Klassen {}.</translation>
    </message>
    <message>
        <source>y is graded.</source>
        <translation>y ist abgestuft.</translation>
    </message>
    <message>
        <source>{} of {}.</source>
        <translation>{} von {}.</translation>
    </message>
</context>
<context>
    <name>StudyDock</name>
    <message>
        <source>Trains a network on a table of scans and maps its saliency. Set up opens a table, or simulates a study.</source>
        <translation>Ein Netz wird auf einer Tabelle von Scans trainiert, und seine Salienz wird kartiert. Einrichten öffnet eine Tabelle oder simuliert eine Studie.</translation>
    </message>
    <message>
        <source>Use this network for all other methods, on any scan.</source>
        <translation>Alle anderen Methoden laufen dann mit diesem Netz, auf jedem Scan.</translation>
    </message>
    <message>
        <source>Choose a study and its training settings</source>
        <translation>Eine Studie wählen, und wie sie trainiert wird</translation>
    </message>
    <message>
        <source>Progress of the study</source>
        <translation>Fortschritt der Studie</translation>
    </message>
    <message>
        <source>Reading the image below the map</source>
        <translation>Das Bild unter der Karte wird gelesen</translation>
    </message>
    <message>
        <source>Save network</source>
        <translation>Netz speichern</translation>
    </message>
    <message>
        <source>Save …</source>
        <translation>Speichern …</translation>
    </message>
    <message>
        <source>Set up …</source>
        <translation>Einrichten …</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Studie</translation>
    </message>
    <message>
        <source>The network as safetensors, with its card</source>
        <translation>Das Netz als safetensors, mit seiner Karte</translation>
    </message>
    <message>
        <source>Use as model</source>
        <translation>Als Modell verwenden</translation>
    </message>
    <message>
        <source>{} of {}, {}, {}, {} {} units</source>
        <translation>{} von {}, {}, {}, {} {} Einheiten</translation>
    </message>
    <message>
        <source>{} of {}, {}, {}, {} {} unit</source>
        <translation>{} von {}, {}, {}, {} {} Einheit</translation>
    </message>
</context>
<context>
    <name>StudyForm</name>
    <message>
        <source>A file …</source>
        <translation>Eine Datei …</translation>
    </message>
    <message>
        <source>Choose an atlas, or remove single voxels.</source>
        <translation>Wählen Sie einen Atlas, oder entfernen Sie einzelne Voxel.</translation>
    </message>
    <message>
        <source>Choose folder …</source>
        <translation>Ordner wählen …</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Save in</source>
        <translation>Speichern in</translation>
    </message>
    <message>
        <source>Scans, network and maps. A temporary folder is deleted when the window closes.</source>
        <translation>Scans, Netz und Karten. Ein temporärer Ordner wird gelöscht, wenn sich das Fenster schließt.</translation>
    </message>
    <message>
        <source>Temporary folder</source>
        <translation>Temporärer Ordner</translation>
    </message>
    <message>
        <source>What is removed from the scans to measure how much worse the network becomes.</source>
        <translation>Was aus den Scans entfernt wird, um zu messen, wie viel schlechter das Netz wird.</translation>
    </message>
    <message>
        <source>single voxels</source>
        <translation>einzelne Voxel</translation>
    </message>
</context>
<context>
    <name>StudyRunner</name>
    <message>
        <source>Loading the network</source>
        <translation>Das Netz wird geladen</translation>
    </message>
    <message>
        <source>Mapping {}</source>
        <translation>{} wird kartiert</translation>
    </message>
    <message>
        <source>Saved {}</source>
        <translation>{} gespeichert</translation>
    </message>
    <message>
        <source>Saving {}</source>
        <translation>{} wird gespeichert</translation>
    </message>
    <message>
        <source>The network is in a temporary folder; save it to keep it.</source>
        <translation>Das Netz liegt in einem temporären Ordner; speichern Sie es, um es zu behalten.</translation>
    </message>
    <message>
        <source>Training on {}</source>
        <translation>Training mit {}</translation>
    </message>
</context>
<context>
    <name>TaskProgress</name>
    <message>
        <source> · {} left</source>
        <translation> · noch {}</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Stop and keep what is finished (Esc)</source>
        <translation>Anhalten und behalten, was fertig ist (Esc)</translation>
    </message>
    <message>
        <source>Waiting for its turn …</source>
        <translation>Wartet …</translation>
    </message>
</context>
<context>
    <name>UncertaintyRow</name>
    <message>
        <source>Add a network</source>
        <translation>Netz hinzufügen</translation>
    </message>
    <message>
        <source>Add a network to the ensemble</source>
        <translation>Dem Ensemble ein Netz hinzufügen</translation>
    </message>
    <message>
        <source>Add network …</source>
        <translation>Netz dazu …</translation>
    </message>
    <message>
        <source>Add network … ({} added)</source>
        <translation>Netz dazu … ({} dabei)</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>Dropout</translation>
    </message>
    <message>
        <source>Ensemble</source>
        <translation>Ensemble</translation>
    </message>
    <message>
        <source>How often map and prediction are computed</source>
        <translation>Wie oft Karte und Vorhersage berechnet werden</translation>
    </message>
    <message>
        <source>Input moves</source>
        <translation>Kleine Bewegungen</translation>
    </message>
    <message>
        <source>Not measured</source>
        <translation>Nicht gemessen</translation>
    </message>
    <message>
        <source>Remove the added networks</source>
        <translation>Die hinzugefügten Netze entfernen</translation>
    </message>
    <message>
        <source>Repeat map and prediction, and show their mean, standard deviation and interval</source>
        <translation>Karte und Vorhersage wiederholen, und Mittel, Standardabweichung und Intervall zeigen</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Stichproben</translation>
    </message>
    <message>
        <source>The open network or its folds are already in the ensemble; add further networks</source>
        <translation>Das offene Netz, oder seine Folds, gehören zum Ensemble; fügen Sie weitere hinzu</translation>
    </message>
    <message>
        <source>This network has no dropout that can be switched on</source>
        <translation>Dieses Netz hat kein Dropout, das eingeschaltet werden kann</translation>
    </message>
    <message>
        <source>Uncertainty</source>
        <translation>Unsicherheit</translation>
    </message>
</context>
<context>
    <name>UnsavedWork</name>
    <message>
        <source>1 map is not saved.</source>
        <translation>1 Karte ist nicht gespeichert.</translation>
    </message>
    <message>
        <source>It was trained here and is not saved.</source>
        <translation>Es wurde hier trainiert und ist nicht gespeichert.</translation>
    </message>
    <message>
        <source>Not finished: {}</source>
        <translation>Nicht fertig: {}</translation>
    </message>
    <message>
        <source>Save network …</source>
        <translation>Netz speichern …</translation>
    </message>
    <message>
        <source>Save session …</source>
        <translation>Sitzung speichern …</translation>
    </message>
    <message>
        <source>Save the changes made since then?</source>
        <translation>Die seitherigen Änderungen speichern?</translation>
    </message>
    <message>
        <source>Save the network of the study before the window closes?</source>
        <translation>Das Netz der Studie speichern, bevor sich das Fenster schließt?</translation>
    </message>
    <message>
        <source>Save this session before opening {}?</source>
        <translation>Diese Sitzung speichern, bevor {} geöffnet wird?</translation>
    </message>
    <message>
        <source>Save this session before the window closes?</source>
        <translation>Diese Sitzung speichern, bevor sich das Fenster schließt?</translation>
    </message>
    <message>
        <source>The checks of 1 map are not saved.</source>
        <translation>Die Prüfungen von 1 Karte sind nicht gespeichert.</translation>
    </message>
    <message>
        <source>The checks of {} maps are not saved.</source>
        <translation>Die Prüfungen von {} Karten sind nicht gespeichert.</translation>
    </message>
    <message>
        <source>Unsaved work</source>
        <translation>Nicht gespeicherte Arbeit</translation>
    </message>
    <message>
        <source>{} maps are not saved.</source>
        <translation>{} Karten sind nicht gespeichert.</translation>
    </message>
    <message>
        <source>{} …</source>
        <translation>{} …</translation>
    </message>
</context>
<context>
    <name>WelcomeCard</name>
    <message>
        <source>A network. A check shows whether the scan fits it.</source>
        <translation>Ein Netz. Es sagt, ob der Scan zu ihm passt.</translation>
    </message>
    <message>
        <source>Choose a method on the left, then compute its map.</source>
        <translation>Wählen Sie links eine Methode, und berechnen Sie ihre Karte.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Compute</source>
        <translation>Berechnen</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>Erste Schritte</translation>
    </message>
    <message>
        <source>Guide</source>
        <translation>Anleitung</translation>
    </message>
    <message>
        <source>Open model …</source>
        <translation>Modell öffnen …</translation>
    </message>
    <message>
        <source>Open scan …</source>
        <translation>Scan öffnen …</translation>
    </message>
    <message>
        <source>This is the demonstration, with a simulated scan.</source>
        <translation>Sie sehen die Demonstration: einen simulierten Scan.</translation>
    </message>
    <message>
        <source>Three steps</source>
        <translation>Drei Schritte</translation>
    </message>
    <message>
        <source>Your scan: a file, or drag it here.</source>
        <translation>Ihr Scan: eine Datei, oder ziehen Sie sie hierher.</translation>
    </message>
</context>
</TS>
