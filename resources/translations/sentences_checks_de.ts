<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source>, {0} of the largest change</source>
        <translation>, {0} der größten Änderung</translation>
    </message>
    <message>
        <source>1 check</source>
        <translation>1 Prüfung</translation>
    </message>
    <message>
        <source>1 check does not support this map</source>
        <translation>1 Prüfung stützt diese Karte nicht</translation>
    </message>
    <message>
        <source>1 check supports this map</source>
        <translation>1 Prüfung stützt diese Karte</translation>
    </message>
    <message>
        <source>1 voxel without a finite value, counted as 0</source>
        <translation>1 Voxel ohne endlichen Wert: 0 wird genommen</translation>
    </message>
    <message>
        <source>; prediction: {0}</source>
        <translation>; Vorhersage: {0}</translation>
    </message>
    <message>
        <source>; {0} agrees least with the others</source>
        <translation>; {0} stimmt am wenigsten mit den anderen überein</translation>
    </message>
    <message>
        <source>; {0}, by the method's definition</source>
        <translation>; {0}, nach Definition der Methode</translation>
    </message>
    <message>
        <source>AUC {0}</source>
        <translation>AUC {0}</translation>
    </message>
    <message>
        <source>Class contrast</source>
        <translation>Klassenkontrast</translation>
    </message>
    <message>
        <source>Dice {0}</source>
        <translation>Dice {0}</translation>
    </message>
    <message>
        <source>Pearson of |values|</source>
        <translation>Pearson der |Werte|</translation>
    </message>
    <message>
        <source>Pearson {0}</source>
        <translation>Pearson {0}</translation>
    </message>
    <message>
        <source>Preparing the scan</source>
        <translation>Scan wird vorbereitet</translation>
    </message>
    <message>
        <source>Random weights</source>
        <translation>Zufällige Gewichte</translation>
    </message>
    <message>
        <source>Running the network</source>
        <translation>Netz läuft</translation>
    </message>
    <message>
        <source>Spearman {0}</source>
        <translation>Spearman {0}</translation>
    </message>
    <message>
        <source>a constant map cannot be compared</source>
        <translation>eine konstante Karte ist nicht vergleichbar</translation>
    </message>
    <message>
        <source>against it: {0}</source>
        <translation>dagegen: {0}</translation>
    </message>
    <message>
        <source>and its probability from {0} to {1}</source>
        <translation>und ihre Wahrscheinlichkeit von {0} auf {1}</translation>
    </message>
    <message>
        <source>and some of it is lost or added</source>
        <translation>und etwas geht verloren oder kommt hinzu</translation>
    </message>
    <message>
        <source>another network</source>
        <translation>anderes Netz</translation>
    </message>
    <message>
        <source>another scan</source>
        <translation>anderer Scan</translation>
    </message>
    <message>
        <source>as it should</source>
        <translation>wie vorgesehen</translation>
    </message>
    <message>
        <source>blurred</source>
        <translation>weichgezeichnet</translation>
    </message>
    <message>
        <source>brightness slope</source>
        <translation>Helligkeitsgefälle</translation>
    </message>
    <message>
        <source>bring both to one space</source>
        <translation>beide in einen Raum bringen</translation>
    </message>
    <message>
        <source>cascading, SSIM</source>
        <translation>kaskadierend, SSIM</translation>
    </message>
    <message>
        <source>cascading, Spearman</source>
        <translation>kaskadierend, Spearman</translation>
    </message>
    <message>
        <source>changes elsewhere</source>
        <translation>Änderungen anderswo</translation>
    </message>
    <message>
        <source>check a network that takes volumes, or a single slice</source>
        <translation>ein Netz prüfen, das Volumina nimmt, oder eine einzelne Schicht</translation>
    </message>
    <message>
        <source>check it on a scan of the window size</source>
        <translation>an einem Scan von der Größe der Fenster prüfen</translation>
    </message>
    <message>
        <source>computed by a check of {0}</source>
        <translation>berechnet von einer Prüfung von {0}</translation>
    </message>
    <message>
        <source>correlation by number of patches (n)</source>
        <translation>Korrelation nach Anzahl der Blöcke (n)</translation>
    </message>
    <message>
        <source>number of patches (n)</source>
        <translation>Anzahl der Blöcke (n)</translation>
    </message>
    <message>
        <source>correlations of one value</source>
        <translation>Korrelationen eines Wertes</translation>
    </message>
    <message>
        <source>deletion</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>deletion, random</source>
        <translation>Löschen, zufällig</translation>
    </message>
    <message>
        <source>does not overlap {0}</source>
        <translation>liegt nicht, wo {0} liegt</translation>
    </message>
    <message>
        <source>doubtful: {0}</source>
        <translation>zweifelhaft: {0}</translation>
    </message>
    <message>
        <source>earlier threshold</source>
        <translation>früherer Schwellenwert</translation>
    </message>
    <message>
        <source>elsewhere {0}</source>
        <translation>anderswo {0}</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>leer</translation>
    </message>
    <message>
        <source>estimated seconds</source>
        <translation>geschätzte Sekunden</translation>
    </message>
    <message>
        <source>expected</source>
        <translation>erwartet</translation>
    </message>
    <message>
        <source>first</source>
        <translation>erste</translation>
    </message>
    <message>
        <source>for {0} of {1} n, the output varies only by rounding, and they do not count</source>
        <translation>für {0} von {1} n ändert sich die Ausgabe nur durch Rundung; sie zählen nicht</translation>
    </message>
    <message>
        <source>found</source>
        <translation>gefunden</translation>
    </message>
    <message>
        <source>gain in spreads</source>
        <translation>Gewinn in Streuungen</translation>
    </message>
    <message>
        <source>give an atlas of labels</source>
        <translation>einen Atlas mit Labels angeben</translation>
    </message>
    <message>
        <source>give maps, or methods to compute them with</source>
        <translation>Karten angeben oder Methoden, die sie berechnen</translation>
    </message>
    <message>
        <source>give the atlas as mask</source>
        <translation>den Atlas als Maske angeben</translation>
    </message>
    <message>
        <source>has no region {0}</source>
        <translation>hat keine Region {0}</translation>
    </message>
    <message>
        <source>has no voxel in the network's field of view</source>
        <translation>hat kein Voxel im Bildausschnitt des Netzes</translation>
    </message>
    <message>
        <source>has no weights to randomise</source>
        <translation>hat keine Gewichte zum Randomisieren</translation>
    </message>
    <message>
        <source>holds probabilities</source>
        <translation>enthält Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>in doubt: {0}</source>
        <translation>zweifelhaft: {0}</translation>
    </message>
    <message>
        <source>in windows</source>
        <translation>in Fenstern</translation>
    </message>
    <message>
        <source>insertion</source>
        <translation>Einfügen</translation>
    </message>
    <message>
        <source>insertion, random</source>
        <translation>Einfügen, zufällig</translation>
    </message>
    <message>
        <source>is a map of a bare tensor, which has no spatial coordinates</source>
        <translation>ist die Karte eines bloßen Tensors ohne räumliche Koordinaten</translation>
    </message>
    <message>
        <source>is it a map of this scan?</source>
        <translation>ist es eine Karte dieses Scans?</translation>
    </message>
    <message>
        <source>is it in the scan's space?</source>
        <translation>liegt sie im Raum des Scans?</translation>
    </message>
    <message>
        <source>is tied, with {0} of it inside</source>
        <translation>ist mehrfach, und {0} davon liegen innerhalb</translation>
    </message>
    <message>
        <source>is zero everywhere</source>
        <translation>ist überall null</translation>
    </message>
    <message>
        <source>is zero within the network's field of view</source>
        <translation>ist im Bildausschnitt des Netzes null</translation>
    </message>
    <message>
        <source>it cannot be compared</source>
        <translation>sie ist nicht vergleichbar</translation>
    </message>
    <message>
        <source>it cannot be recomputed</source>
        <translation>sie lässt sich nicht neu berechnen</translation>
    </message>
    <message>
        <source>it could not be recomputed ({0})</source>
        <translation>sie ließ sich nicht neu berechnen ({0})</translation>
    </message>
    <message>
        <source>it depends on the class</source>
        <translation>sie hängt von der Klasse ab</translation>
    </message>
    <message>
        <source>it depends on what the network learned</source>
        <translation>sie hängt vom Gelernten ab</translation>
    </message>
    <message>
        <source>it is not repeatable</source>
        <translation>sie wiederholt sich nicht</translation>
    </message>
    <message>
        <source>it hardly depends on what the network learned</source>
        <translation>sie hängt kaum vom Gelernten ab</translation>
    </message>
    <message>
        <source>it is constant and cannot be compared</source>
        <translation>sie ist konstant und nicht vergleichbar</translation>
    </message>
    <message>
        <source>it changes little</source>
        <translation>es ist fast gleich</translation>
    </message>
    <message>
        <source>it is not a number</source>
        <translation>es ist keine Zahl</translation>
    </message>
    <message>
        <source>it is the same whichever class is explained</source>
        <translation>sie ist für jede Klasse gleich</translation>
    </message>
    <message>
        <source>it depends on what is inside</source>
        <translation>es braucht, was innen liegt</translation>
    </message>
    <message>
        <source>it processes this scan slice by slice, but checks need a single pass</source>
        <translation>es verarbeitet diesen Scan Schicht für Schicht, und Prüfungen brauchen ihn ganz</translation>
    </message>
    <message>
        <source>it processes this scan {0}, but checks need a single pass</source>
        <translation>es verarbeitet diesen Scan {0}, und Prüfungen brauchen einen einzigen Durchlauf</translation>
    </message>
    <message>
        <source>it is repeatable</source>
        <translation>sie wiederholt sich</translation>
    </message>
    <message>
        <source>it is partly repeatable</source>
        <translation>sie wiederholt sich teilweise</translation>
    </message>
    <message>
        <source>the output rises, although the map says that the region supports it</source>
        <translation>sie steigt, obwohl die Region sie laut Karte stützt</translation>
    </message>
    <message>
        <source>but should add up to {0}</source>
        <translation>sie sollte {0} sein</translation>
    </message>
    <message>
        <source>its scans are not those that the map was made with</source>
        <translation>seine Scans sind nicht die, mit denen die Karte entstand</translation>
    </message>
    <message>
        <source>label {0}</source>
        <translation>Label {0}</translation>
    </message>
    <message>
        <source>largest change of a voxel</source>
        <translation>größte Änderung eines Voxels</translation>
    </message>
    <message>
        <source>layer alone, Spearman</source>
        <translation>einzelne Schicht, Spearman</translation>
    </message>
    <message>
        <source>remove 'mirror_axes' from a copy of its card</source>
        <translation>„mirror_axes“ in einer Kopie seiner Karte weglassen</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>ausgelassen</translation>
    </message>
    <message>
        <source>left out: {0}</source>
        <translation>ausgelassen: {0}</translation>
    </message>
    <message>
        <source>lies inside</source>
        <translation>liegt innerhalb</translation>
    </message>
    <message>
        <source>lies outside</source>
        <translation>liegt außerhalb</translation>
    </message>
    <message>
        <source>lower the threshold</source>
        <translation>Schwellenwert senken</translation>
    </message>
    <message>
        <source>lowest fifth cut</source>
        <translation>unterstes Fünftel fehlt</translation>
    </message>
    <message>
        <source>map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>maximal change</source>
        <translation>größte Änderung</translation>
    </message>
    <message>
        <source>mean Dice</source>
        <translation>mittlerer Dice</translation>
    </message>
    <message>
        <source>mean change</source>
        <translation>mittlere Änderung</translation>
    </message>
    <message>
        <source>mean correlation</source>
        <translation>mittlere Korrelation</translation>
    </message>
    <message>
        <source>mean correlation of one value</source>
        <translation>mittlere Korrelation eines Wertes</translation>
    </message>
    <message>
        <source>mean loss</source>
        <translation>mittlerer Verlust</translation>
    </message>
    <message>
        <source>mirrored</source>
        <translation>gespiegelt</translation>
    </message>
    <message>
        <source>with mirroring</source>
        <translation>auch gespiegelt</translation>
    </message>
    <message>
        <source>more than any</source>
        <translation>mehr als jede</translation>
    </message>
    <message>
        <source>more than most</source>
        <translation>mehr als die meisten</translation>
    </message>
    <message>
        <source>much of it is the same for either class</source>
        <translation>vieles ist für beide Klassen gleich</translation>
    </message>
    <message>
        <source>names a region, but no atlas is given</source>
        <translation>nennt eine Region, und kein Atlas ist angegeben</translation>
    </message>
    <message>
        <source>neutral fill</source>
        <translation>neutrale Füllung</translation>
    </message>
    <message>
        <source>no change</source>
        <translation>keine Änderung</translation>
    </message>
    <message>
        <source>no mask or region is given to compare the map with</source>
        <translation>keine Maske oder Region zum Vergleich angegeben</translation>
    </message>
    <message>
        <source>no more than some</source>
        <translation>nicht mehr als manche</translation>
    </message>
    <message>
        <source>no such check</source>
        <translation>keine solche Prüfung</translation>
    </message>
    <message>
        <source>no verdict: 1 check could not give a verdict on this map</source>
        <translation>kein Urteil: 1 Prüfung konnte über diese Karte nicht urteilen</translation>
    </message>
    <message>
        <source>no verdict: {0} checks could not give a verdict on this map</source>
        <translation>kein Urteil: {0} Prüfungen konnten über diese Karte nicht urteilen</translation>
    </message>
    <message>
        <source>no verdict: {0} on this map</source>
        <translation>kein Urteil: {0} über diese Karte</translation>
    </message>
    <message>
        <source>no voxel in the head supports the output</source>
        <translation>kein Voxel im Kopf stützt die Ausgabe</translation>
    </message>
    <message>
        <source>no voxel of the map reaches the threshold</source>
        <translation>kein Voxel der Karte erreicht den Schwellenwert</translation>
    </message>
    <message>
        <source>noise</source>
        <translation>Rauschen</translation>
    </message>
    <message>
        <source>noise (worst)</source>
        <translation>Rauschen (schlechtestes)</translation>
    </message>
    <message>
        <source>not possible</source>
        <translation>nicht möglich</translation>
    </message>
    <message>
        <source>not possible: {0}</source>
        <translation>nicht möglich: {0}</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>nicht ausgeführt</translation>
    </message>
    <message>
        <source>not run: there is no second map to compare with</source>
        <translation>nicht ausgeführt: es gibt keine zweite Karte zum Vergleich</translation>
    </message>
    <message>
        <source>not run: there is no second map to compare with.{0}</source>
        <translation>nicht ausgeführt: es gibt keine zweite Karte zum Vergleich.{0}</translation>
    </message>
    <message>
        <source>not run: {0}</source>
        <translation>nicht ausgeführt: {0}</translation>
    </message>
    <message>
        <source>number of patches (n)</source>
        <translation>Anzahl der Blöcke (n)</translation>
    </message>
    <message>
        <source>of an earlier threshold: {0}</source>
        <translation>zu einem früheren Schwellenwert: {0}</translation>
    </message>
    <message>
        <source>of another network: {0}</source>
        <translation>zu einem anderen Netz: {0}</translation>
    </message>
    <message>
        <source>of another scan: {0}</source>
        <translation>zu einem anderen Scan: {0}</translation>
    </message>
    <message>
        <source>of the strongest {0} of two maps, {1} are the same on average (chance: {2})</source>
        <translation>von den stärksten {0} zweier Karten sind im Mittel {1} gleich (Zufall: {2})</translation>
    </message>
    <message>
        <source>of the strongest {0} of two maps, {1} are the same on average (chance: {2}); {3} agrees least with the others</source>
        <translation>von den stärksten {0} zweier Karten sind im Mittel {1} gleich (Zufall: {2}); {3} stimmt am wenigsten mit den anderen überein</translation>
    </message>
    <message>
        <source>of the strongest {0} of two maps, {1} are the same on average (chance: {2}){3}.{4}</source>
        <translation>von den stärksten {0} zweier Karten sind im Mittel {1} gleich (Zufall: {2}){3}.{4}</translation>
    </message>
    <message>
        <source>one value</source>
        <translation>ein Wert</translation>
    </message>
    <message>
        <source>one voxel</source>
        <translation>ein Voxel</translation>
    </message>
    <message>
        <source>only one of the two curves supports the map</source>
        <translation>nur eine der beiden Kurven stützt die Karte</translation>
    </message>
    <message>
        <source>opposite outputs</source>
        <translation>entgegengesetzte Ausgaben</translation>
    </message>
    <message>
        <source>other seed</source>
        <translation>anderer Startwert</translation>
    </message>
    <message>
        <source>others: voxels shuffled {0}, blurred {1}, brightness slope {2}, lowest fifth cut {3}, mirrored {4}, empty {5}</source>
        <translation>sonst: Voxel gemischt {0}, weichgezeichnet {1}, Helligkeitsgefälle {2}, unterstes Fünftel fehlt {3}, gespiegelt {4}, leer {5}</translation>
    </message>
    <message>
        <source>others: {0}</source>
        <translation>sonst: {0}</translation>
    </message>
    <message>
        <source>outline, bright</source>
        <translation>Umriss, hell</translation>
    </message>
    <message>
        <source>outline, dark</source>
        <translation>Umriss, dunkel</translation>
    </message>
    <message>
        <source>output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>output after</source>
        <translation>Ausgabe nachher</translation>
    </message>
    <message>
        <source>output before</source>
        <translation>Ausgabe vorher</translation>
    </message>
    <message>
        <source>output by share of patches</source>
        <translation>Ausgabe nach Anteil der Blöcke</translation>
    </message>
    <message>
        <source>output of the scan</source>
        <translation>Ausgabe für den Scan</translation>
    </message>
    <message>
        <source>output range in random order</source>
        <translation>Spanne der Ausgabe in zufälliger Reihenfolge</translation>
    </message>
    <message>
        <source>output with the head filled</source>
        <translation>Ausgabe bei gefülltem Kopf</translation>
    </message>
    <message>
        <source>over {0} random sets of n of {1} patches, the map's sums correlate with the drop of {2} by {3} on average ({4} for n = {5}); one value in every voxel of the head reaches {6}</source>
        <translation>über {0} zufällige Mengen von n aus {1} Blöcken korrelieren die Summen der Karte mit dem Verlust von {2} im Mittel zu {3} ({4} für n = {5}); ein Wert in jedem Voxel des Kopfes erreicht {6}</translation>
    </message>
    <message>
        <source>part of it does not depend on what the network learned</source>
        <translation>ein Teil hängt nicht vom Gelernten ab</translation>
    </message>
    <message>
        <source>patch in mm</source>
        <translation>Block in mm</translation>
    </message>
    <message>
        <source>pointing game</source>
        <translation>Pointing Game</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>probability after</source>
        <translation>Wahrscheinlichkeit nachher</translation>
    </message>
    <message>
        <source>probability area</source>
        <translation>Fläche der Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>probability before</source>
        <translation>Wahrscheinlichkeit vorher</translation>
    </message>
    <message>
        <source>random areas</source>
        <translation>zufällige Flächen</translation>
    </message>
    <message>
        <source>random curves</source>
        <translation>zufällige Kurven</translation>
    </message>
    <message>
        <source>random from the output to {0}</source>
        <translation>zufällig von der Ausgabe bis {0}</translation>
    </message>
    <message>
        <source>random order</source>
        <translation>zufällige Reihenfolge</translation>
    </message>
    <message>
        <source>random probability areas</source>
        <translation>zufällige Flächen der Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>random sets</source>
        <translation>zufällige Mengen</translation>
    </message>
    <message>
        <source>randomised layers</source>
        <translation>randomisierte Schichten</translation>
    </message>
    <message>
        <source>recomputing it from its provenance gives the same map (correlation {0})</source>
        <translation>Neuberechnen aus ihrer Herkunft ergibt dieselbe Karte (Korrelation {0})</translation>
    </message>
    <message>
        <source>recomputing it gives a different map (correlation {0})</source>
        <translation>Neuberechnen ergibt eine andere Karte (Korrelation {0})</translation>
    </message>
    <message>
        <source>relative change</source>
        <translation>relative Änderung</translation>
    </message>
    <message>
        <source>relative residual</source>
        <translation>relatives Residuum</translation>
    </message>
    <message>
        <source>relevance mass</source>
        <translation>Relevanzmasse</translation>
    </message>
    <message>
        <source>relevance rank</source>
        <translation>Relevanzrang</translation>
    </message>
    <message>
        <source>removing patches in the map's order leaves a mean output of {0} (random order {1}), restoring them one of {2} ({3}): {4} and {5} of the range of {6} that the output covers in random order, {7} and {8} SD of the random orders</source>
        <translation>Löschen der Blöcke in der Reihenfolge der Karte lässt eine mittlere Ausgabe von {0} (zufällig {1}), Einfügen eine von {2} ({3}): {4} und {5} der Spanne von {6}, die die Ausgabe in zufälliger Reihenfolge hat, {7} und {8} SD der zufälligen Reihenfolgen</translation>
    </message>
    <message>
        <source>residual {0}</source>
        <translation>Residuum {0}</translation>
    </message>
    <message>
        <source>second</source>
        <translation>zweite</translation>
    </message>
    <message>
        <source>sets of each size</source>
        <translation>Mengen je Größe</translation>
    </message>
    <message>
        <source>share of patches</source>
        <translation>Anteil der Blöcke</translation>
    </message>
    <message>
        <source>that is {0} of the {1} regions of the same shape elsewhere, which change it by a median of {2} and at most {3}</source>
        <translation>das ist {0} der {1} gleich geformten Regionen an anderen Orten, die sie im Median um {2} und höchstens um {3} ändern</translation>
    </message>
    <message>
        <source>that is {0} of the {1} regions of the same shape elsewhere, which change it by a median of {2} and at most {3}.{4}</source>
        <translation>das ist {0} der {1} gleich geformten Regionen an anderen Orten, die sie im Median um {2} und höchstens um {3} ändern.{4}</translation>
    </message>
    <message>
        <source>the change is below {0} of the output, which is small</source>
        <translation>die Änderung liegt unter {0} der Ausgabe, das ist klein</translation>
    </message>
    <message>
        <source>the change by {0} is visible and does not count</source>
        <translation>die Änderung durch {0} ist sichtbar und zählt nicht</translation>
    </message>
    <message>
        <source>the checks change and explain only the images; held fixed: {0}</source>
        <translation>die Prüfungen ändern und erklären nur die Bilder; festgehalten: {0}</translation>
    </message>
    <message>
        <source>the cluster</source>
        <translation>den Cluster</translation>
    </message>
    <message>
        <source>the head has a single patch</source>
        <translation>der Kopf hat einen einzigen Block</translation>
    </message>
    <message>
        <source>the map</source>
        <translation>die Karte</translation>
    </message>
    <message>
        <source>the map does not find it</source>
        <translation>die Karte findet sie nicht</translation>
    </message>
    <message>
        <source>the map does not say which method made it</source>
        <translation>die Karte sagt nicht, welche Methode sie berechnet hat</translation>
    </message>
    <message>
        <source>the map does not say which network it was made from</source>
        <translation>die Karte sagt nicht, von welchem Netz sie stammt</translation>
    </message>
    <message>
        <source>the map explains no output</source>
        <translation>die Karte erklärt keine Ausgabe</translation>
    </message>
    <message>
        <source>the map already explains the difference of two outputs</source>
        <translation>die Karte erklärt schon die Differenz zweier Ausgaben</translation>
    </message>
    <message>
        <source>the map explains {0}, not {1}</source>
        <translation>die Karte erklärt {0}, nicht {1}</translation>
    </message>
    <message>
        <source>the map finds it</source>
        <translation>die Karte findet sie</translation>
    </message>
    <message>
        <source>the map finds some of it</source>
        <translation>die Karte findet einen Teil davon</translation>
    </message>
    <message>
        <source>the map for {0} correlates with that for {1} by {2}: {3}</source>
        <translation>die Karte für {0} korreliert mit der für {1} zu {2}: {3}</translation>
    </message>
    <message>
        <source>the map has the wrong sign: the output rises where its values predict a drop</source>
        <translation>die Karte hat das falsche Vorzeichen: Die Ausgabe gewinnt, wo ihre Werte sagen, dass sie verliert</translation>
    </message>
    <message>
        <source>the map has values that are not finite</source>
        <translation>die Karte hat nicht endliche Werte</translation>
    </message>
    <message>
        <source>the map is constant within the head</source>
        <translation>die Karte ist im Kopf konstant</translation>
    </message>
    <message>
        <source>the map is not stable</source>
        <translation>die Karte ist nicht stabil</translation>
    </message>
    <message>
        <source>the map is partly stable</source>
        <translation>die Karte ist teilweise stabil</translation>
    </message>
    <message>
        <source>the map is zero within the head</source>
        <translation>die Karte ist im Kopf null</translation>
    </message>
    <message>
        <source>the map should add up to 0, and does</source>
        <translation>die Karte soll sich zu 0 summieren und tut es</translation>
    </message>
    <message>
        <source>the map is stable</source>
        <translation>die Karte ist stabil</translation>
    </message>
    <message>
        <source>the map sums to {0}, as it should</source>
        <translation>die Summe der Karte ist {0}, wie vorgesehen</translation>
    </message>
    <message>
        <source>the map sums to {0}, but should add up to {1}</source>
        <translation>die Summe der Karte ist {0}, sie sollte {1} sein</translation>
    </message>
    <message>
        <source>the map sums to {0}, but should add up to {1}, and some of it is lost or added</source>
        <translation>die Summe der Karte ist {0}, sie sollte {1} sein: etwas geht verloren oder kommt hinzu</translation>
    </message>
    <message>
        <source>the map was computed with seed {0}, but the checks use seed {1}</source>
        <translation>die Karte wurde mit dem Startwert {0} gezogen, die Prüfungen mit {1}</translation>
    </message>
    <message>
        <source>the map was made from another network</source>
        <translation>die Karte stammt von einem anderen Netz</translation>
    </message>
    <message>
        <source>the map was made from another scan</source>
        <translation>die Karte stammt von einem anderen Scan</translation>
    </message>
    <message>
        <source>the map was made {0}</source>
        <translation>die Karte entstand {0}</translation>
    </message>
    <message>
        <source>the map's file does not say what it should add up to</source>
        <translation>die Datei der Karte sagt nicht, welche Summe sie haben soll</translation>
    </message>
    <message>
        <source>the map's order is better than chance, but the effect is small</source>
        <translation>die Reihenfolge der Karte ist besser als der Zufall, aber der Effekt ist klein</translation>
    </message>
    <message>
        <source>the map's order is better than chance, but the fill is not neutral</source>
        <translation>die Reihenfolge der Karte ist besser als der Zufall, aber die Füllung ist nicht neutral</translation>
    </message>
    <message>
        <source>the map's order is no better than chance</source>
        <translation>die Reihenfolge der Karte ist nicht besser als der Zufall</translation>
    </message>
    <message>
        <source>the map's sums represent no part of the output</source>
        <translation>die Summen der Karte stehen für keinen Teil der Ausgabe</translation>
    </message>
    <message>
        <source>the map's values hardly predict the drops better than one value everywhere</source>
        <translation>die Werte der Karte sagen kaum mehr über die Verluste als ein Wert überall</translation>
    </message>
    <message>
        <source>the map's values predict how much the output drops</source>
        <translation>die Werte der Karte sagen, wie viel die Ausgabe verliert</translation>
    </message>
    <message>
        <source>the map's values hardly predict how much the output drops</source>
        <translation>die Werte der Karte sagen wenig oder nichts darüber, was die Ausgabe verliert</translation>
    </message>
    <message>
        <source>the map's values partly predict how much the output drops</source>
        <translation>die Werte der Karte sagen etwas darüber, was die Ausgabe verliert</translation>
    </message>
    <message>
        <source>the mask is empty or covers the whole head</source>
        <translation>die Maske ist leer oder bedeckt den ganzen Kopf</translation>
    </message>
    <message>
        <source>the network has only one output</source>
        <translation>das Netz hat nur eine Ausgabe</translation>
    </message>
    <message>
        <source>the output depends on what the map marks</source>
        <translation>die Ausgabe hängt von dem ab, was die Karte markiert</translation>
    </message>
    <message>
        <source>the output of {0} does not vary beyond rounding, whichever patches are removed: there is nothing to compare the map with</source>
        <translation>die Ausgabe für {0} ändert sich nur durch Rundung, welche Blöcke auch gelöscht werden: es gibt nichts zum Vergleich mit der Karte</translation>
    </message>
    <message>
        <source>the output of {0} is {1} for the scan, and for its outline {2} if filled with a bright value and {3} with a dark one, {4} of the largest change: {5}</source>
        <translation>die Ausgabe für {0} ist {1} für den Scan, und für seinen Umriss {2} bei heller und {3} bei dunkler Füllung, {4} der größten Änderung: {5}</translation>
    </message>
    <message>
        <source>the probability of {0} is {1} for the scan, and for its outline {2} if filled with a bright value and {3} with a dark one: {4}</source>
        <translation>die Wahrscheinlichkeit von {0} ist {1} für den Scan, und für seinen Umriss {2} bei heller und {3} bei dunkler Füllung: {4}</translation>
    </message>
    <message>
        <source>the scan</source>
        <translation>der Scan</translation>
    </message>
    <message>
        <source>the mask of the simulated lesions</source>
        <translation>die Maske der simulierten Läsionen</translation>
    </message>
    <message>
        <source>the strongest region around {0}, of the strongest {1} of the head's voxels (the check's own threshold, not the view's)</source>
        <translation>die stärkste Region um {0}, aus den stärksten {1} der Voxel im Kopf (Schwellenwert der Prüfung, nicht der Ansicht)</translation>
    </message>
    <message>
        <source>the two outputs are (nearly) each other's negatives, so there is nothing to compare</source>
        <translation>die beiden Ausgaben sind (fast) das Negative voneinander; es gibt nichts zu vergleichen</translation>
    </message>
    <message>
        <source>the {0} map</source>
        <translation>die Karte {0}</translation>
    </message>
    <message>
        <source>the {0} of {1} is {2} for the scan, and for its outline {3} if filled with a bright value and {4} with a dark one{5}: {6}</source>
        <translation>{0} von {1} ist {2} für den Scan, und für seinen Umriss {3} bei heller und {4} bei dunkler Füllung{5}: {6}</translation>
    </message>
    <message>
        <source>there are {0}</source>
        <translation>es gibt {0}</translation>
    </message>
    <message>
        <source>there are {0}{1}</source>
        <translation>es gibt {0}{1}</translation>
    </message>
    <message>
        <source>there is no map to check</source>
        <translation>es gibt keine Karte zu prüfen</translation>
    </message>
    <message>
        <source>there is no region to occlude</source>
        <translation>es gibt keine Region zu verdecken</translation>
    </message>
    <message>
        <source>there is nothing to compare</source>
        <translation>es gibt nichts zu vergleichen</translation>
    </message>
    <message>
        <source>there is nothing to check</source>
        <translation>es gibt nichts zu prüfen</translation>
    </message>
    <message>
        <source>this region</source>
        <translation>diese Region</translation>
    </message>
    <message>
        <source>under noise the map changes by {0} of its size on average and {1} at most; of its strongest {2}, at least {3} remain under noise, a shift by one voxel and another seed: {4}</source>
        <translation>unter Rauschen ändert sich die Karte im Mittel um {0} und höchstens um {1} ihrer Größe; von ihren stärksten {2} bleiben unter Rauschen, bei Verschieben um ein Voxel und mit anderem Startwert mindestens {3} an ihrem Ort: {4}</translation>
    </message>
    <message>
        <source>volume in mm³</source>
        <translation>Volumen in mm³</translation>
    </message>
    <message>
        <source>voxels shuffled</source>
        <translation>Voxel gemischt</translation>
    </message>
    <message>
        <source>with all weights random, |map| keeps a rank correlation of {0} and a structural similarity of {1} with itself: {2}</source>
        <translation>bei zufälligen Gewichten behält |Karte| eine Rangkorrelation von {0} und eine strukturelle Ähnlichkeit von {1} mit sich selbst: {2}</translation>
    </message>
    <message>
        <source>with the whole head filled, the output is still {0}, and {1} for the scan: the fill alone already gives the output</source>
        <translation>bei ganz gefülltem Kopf ist die Ausgabe noch {0}, wo der Scan selbst {1} ergibt: die Ausgabe entsteht schon ohne Einfügen</translation>
    </message>
    <message>
        <source>with {0} of the patches removed, the probability goes from {1} to {2}</source>
        <translation>sind {0} der Blöcke gelöscht, geht die Wahrscheinlichkeit von {1} auf {2}</translation>
    </message>
    <message>
        <source>without the region around {0}, thresholded at |value| ≥ {1} ({2} ml) the output for {3} goes from {4} to {5}</source>
        <translation>ohne die Region um {0} mit |Wert| ≥ {1} ({2} ml) geht die Ausgabe für {3} von {4} auf {5}</translation>
    </message>
    <message>
        <source>without the region around {0}, thresholded at |value| ≥ {1} ({2} ml) the output for {3} goes from {4} to {5} and its probability from {6} to {7}</source>
        <translation>ohne die Region um {0} mit |Wert| ≥ {1} ({2} ml) geht die Ausgabe für {3} von {4} auf {5} und ihre Wahrscheinlichkeit von {6} auf {7}</translation>
    </message>
    <message>
        <source>without the strongest region around {0}, of the strongest {1} of the head's voxels (the check's own threshold, not the view's) ({2} ml) the output for {3} goes from {4} to {5}</source>
        <translation>ohne die stärkste Region um {0}, aus den stärksten {1} der Voxel im Kopf (Schwellenwert der Prüfung, nicht der Ansicht; {2} ml), geht die Ausgabe für {3} von {4} auf {5}</translation>
    </message>
    <message>
        <source>without the strongest region around {0}, of the strongest {1} of the head's voxels (the check's own threshold, not the view's) ({2} ml) the output for {3} goes from {4} to {5} and its probability from {6} to {7}</source>
        <translation>ohne die stärkste Region um {0}, aus den stärksten {1} der Voxel im Kopf (Schwellenwert der Prüfung, nicht der Ansicht; {2} ml), geht die Ausgabe für {3} von {4} auf {5} und ihre Wahrscheinlichkeit von {6} auf {7}</translation>
    </message>
    <message>
        <source>without {0} ({1} ml) the output for {2} goes from {3} to {4}</source>
        <translation>ohne {0} ({1} ml) geht die Ausgabe für {2} von {3} auf {4}</translation>
    </message>
    <message>
        <source>without {0} ({1} ml) the output for {2} goes from {3} to {4} and its probability from {5} to {6}</source>
        <translation>ohne {0} ({1} ml) geht die Ausgabe für {2} von {3} auf {4} und ihre Wahrscheinlichkeit von {5} auf {6}</translation>
    </message>
    <message>
        <source>{0} (another network)</source>
        <translation>{0} (anderes Netz)</translation>
    </message>
    <message>
        <source>{0} (another scan)</source>
        <translation>{0} (anderer Scan)</translation>
    </message>
    <message>
        <source>{0} (earlier threshold)</source>
        <translation>{0} (früherer Schwellenwert)</translation>
    </message>
    <message>
        <source>{0} The output rises, although the map says that the region supports it</source>
        <translation>{0} Sie steigt, obwohl die Region sie laut Karte stützt</translation>
    </message>
    <message>
        <source>{0} Over {1} random sets of n of {2} patches, the map's sums correlate with the drop of {3} by {4} on average ({5} for n = {6}); one value in every voxel of the head reaches {7}.{8}</source>
        <translation>{0} Über {1} zufällige Mengen von n aus {2} Blöcken korrelieren die Summen der Karte mit dem Verlust von {3} im Mittel zu {4} ({5} für n = {6}); ein Wert in jedem Voxel des Kopfes erreicht {7}.{8}</translation>
    </message>
    <message>
        <source>{0} against it</source>
        <translation>{0} dagegen</translation>
    </message>
    <message>
        <source>{0} and its probability from {1} to {2}</source>
        <translation>{0} und ihre Wahrscheinlichkeit von {1} auf {2}</translation>
    </message>
    <message>
        <source>{0} by {1}</source>
        <translation>{0} nach {1}</translation>
    </message>
    <message>
        <source>{0} changes no voxel by more than {1} of the head's contrast, and the output from {2}; {3} of the map's strongest {4} remain: {5}</source>
        <translation>{0} ändert kein Voxel um mehr als {1} des Kontrasts im Kopf und die Ausgabe von {2}; von den stärksten {4} der Karte bleiben {3}: {5}</translation>
    </message>
    <message>
        <source>{0} changes no voxel by more than {1} of the head's contrast, and the output from {2}; {3} of the map's strongest {4} remain: {5}.{6}</source>
        <translation>{0} ändert kein Voxel um mehr als {1} des Kontrasts im Kopf und die Ausgabe von {2}; von den stärksten {4} der Karte bleiben {3}: {5}.{6}</translation>
    </message>
    <message>
        <source>{0} checks</source>
        <translation>{0} Prüfungen</translation>
    </message>
    <message>
        <source>{0} could not give a verdict</source>
        <translation>{0} ohne Urteil</translation>
    </message>
    <message>
        <source>{0} guarantees no sum</source>
        <translation>{0} garantiert keine Summe</translation>
    </message>
    <message>
        <source>{0} contains {1} of the head and {2} of the map; the peak {3}, and a voxel inside outranks one outside with a probability of {4}: {5}</source>
        <translation>{0} enthält {1} des Kopfes und {2} der Karte; das Maximum {3}, und ein Voxel darin übertrifft ein anderes mit Wahrscheinlichkeit {4}: {5}</translation>
    </message>
    <message>
        <source>{0} in doubt</source>
        <translation>{0} zweifelhaft</translation>
    </message>
    <message>
        <source>{0} map</source>
        <translation>{0} Karte</translation>
    </message>
    <message>
        <source>{0} of {1} checks support this map</source>
        <translation>{0} von {1} Prüfungen stützen diese Karte</translation>
    </message>
    <message>
        <source>{0} of {1} checks supports this map</source>
        <translation>{0} von {1} Prüfungen stützt diese Karte</translation>
    </message>
    <message>
        <source>{0} of {1} {2} this map</source>
        <translation>{0} von {1} {2} diese Karte</translation>
    </message>
    <message>
        <source>{0} to {1}</source>
        <translation>{0} bis {1}</translation>
    </message>
    <message>
        <source>{0} voxels cannot be compared with {1}</source>
        <translation>{0} Voxel lassen sich nicht mit {1} vergleichen</translation>
    </message>
    <message>
        <source>{0} voxels of the {1} map are tied at the end of its {2} strongest; Dice, IoU and AUC count each of them in part</source>
        <translation>{0} Voxel der Karte {1} liegen gleichauf am Ende ihrer {2} stärksten; Dice, IoU und AUC zählen jedes davon anteilig</translation>
    </message>
    <message>
        <source>{0} without a verdict</source>
        <translation>{0} ohne Urteil</translation>
    </message>
    <message>
        <source>{0} voxels without a finite value, counted as 0</source>
        <translation>{0} Voxel ohne endlichen Wert: 0 wird genommen</translation>
    </message>
    <message>
        <source>{0}, and some of it is lost or added</source>
        <translation>{0}, und etwas geht verloren oder kommt hinzu</translation>
    </message>
    <message>
        <source>{0}, as it should</source>
        <translation>{0}, wie vorgesehen</translation>
    </message>
    <message>
        <source>{0}, by the method's definition</source>
        <translation>{0}, nach Definition der Methode</translation>
    </message>
    <message>
        <source>{0}, but should add up to {1}</source>
        <translation>{0}, die Summe sollte {1} sein</translation>
    </message>
    <message>
        <source>r {0}</source>
        <translation>r {0}</translation>
    </message>
    <message>
        <source>Δ {0}</source>
        <translation>Δ {0}</translation>
    </message>
    <message>
        <source>the outline alone gives much of it</source>
        <translation>der Umriss allein ergibt viel davon</translation>
    </message>
    <message>
        <source>the outline alone gives nearly the same</source>
        <translation>der Umriss allein ergibt fast dasselbe</translation>
    </message>
    <message>
        <source>no verdict, as no version of the scan changes it much, not even the empty one</source>
        <translation>kein Urteil, da keine Fassung des Scans sie stark ändert, nicht einmal der leere Scan</translation>
    </message>
    <message>
        <source>Not computed: {0} ({1})</source>
        <translation>Nicht berechnet: {0} ({1})</translation>
    </message>
    <message>
        <source>{0} concerns the network and is not counted</source>
        <translation>{0} betrifft das Netz und zählt nicht</translation>
    </message>
    <message>
        <source>{0}; outline only: {1} or {2}</source>
        <translation>{0}; nur Umriss: {1} oder {2}</translation>
    </message>
</context>
</TS>
