<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>checks</name>
    <message>
        <source>A correct sum does not say where the relevance lies: any map can be scaled to it. Gradients, signals and activations guarantee no sum.</source>
        <translation>Eine richtige Summe sagt nicht, wo die Relevanz liegt: Jede Karte kann auf sie skaliert werden. Gradienten, Signale und Aktivierungen sichern keine Summe zu.</translation>
    </message>
    <message>
        <source>A map may be repeatable and wrong. The network&apos;s output itself may differ for the changed scan. No brain is symmetric: the mirrored scan is a different one and does not count in the verdict.</source>
        <translation>Eine Karte kann sich wiederholen und falsch sein. Die Ausgabe des Netzes selbst kann für den geänderten Scan anders sein. Kein Gehirn ist symmetrisch: Der gespiegelte Scan ist ein anderer und zählt im Urteil nicht.</translation>
    </message>
    <message>
        <source>A map that changes is not necessarily correct; a noisy one changes more easily than a smooth one. Methods that multiply by the scan keep the scan&apos;s structure whatever the network.</source>
        <translation>Eine Karte, die sich ändert, ist nicht unbedingt richtig; eine verrauschte ändert sich leichter als eine glatte. Methoden, die mit dem Scan multiplizieren, behalten seine Struktur bei jedem Netz.</translation>
    </message>
    <message>
        <source>A network may base its decision on something other than the marked region; a map that shows this is right but fails here. Large masks are hit by chance: the chance level is shown with each number.</source>
        <translation>Ein Netz kann seine Entscheidung auf etwas anderes stützen als die markierte Region; eine Karte, die das zeigt, ist richtig, besteht hier aber nicht. Große Masken werden zufällig getroffen: Neben jeder Zahl steht, was der Zufall ergäbe.</translation>
    </message>
    <message>
        <source>A scan with holes is unlike any the network was trained on, and the network may respond to the holes themselves; other fills give other curves. Only the order of the patches counts, not the map&apos;s values. A tick needs both curves to be better than every random order by at least 10 % of the range that the output covers in random order, and an output that falls when the head is filled.</source>
        <translation>Ein Scan mit Löchern gleicht keinem, mit dem das Netz trainiert wurde, und das Netz reagiert vielleicht auf die Löcher selbst; andere Füllungen geben andere Kurven. Nur die Reihenfolge der Teile zählt, nicht die Werte der Karte. Für ein Häkchen müssen beide Kurven um mindestens 10 % der Spanne, die die Ausgabe in zufälliger Reihenfolge durchläuft, besser sein als jede zufällige Reihenfolge, und die Ausgabe muss sinken, wenn der Kopf gefüllt wird.</translation>
    </message>
    <message>
        <source>Adversarial</source>
        <translation>Adversarial</translation>
    </message>
    <message>
        <source>Agreement</source>
        <translation>Übereinstimmung</translation>
    </message>
    <message>
        <source>Class contrast</source>
        <translation>Klassenkontrast</translation>
    </message>
    <message>
        <source>Conservation</source>
        <translation>Erhaltung</translation>
    </message>
    <message>
        <source>Deletion</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Deletion considers only the order of the patches and removes the strongest first; here the values themselves count, over random sets, and a map with the right order may fail. Removed patches become zero in the network&apos;s input, which may be unlike any scan; a map relative to another baseline need not agree. A correlation does not detect a wrong scale. Gradients and signals guarantee no sums and are not checked. A tick needs a mean correlation of 0.7 or more, 0.1 above that of a map with one value in every voxel of the head.</source>
        <translation>Entfernen sieht nur auf die Reihenfolge der Teile und entfernt die stärksten zuerst; hier zählen die Werte selbst, über zufällige Mengen, und eine Karte mit der richtigen Reihenfolge besteht vielleicht nicht. Was entfernt wird, ist danach null in der Eingabe des Netzes, was vielleicht keinem Scan gleicht; eine Karte, die von einer anderen Baseline aus gemessen ist, muss damit nicht übereinstimmen. Eine Korrelation sieht keinen falschen Maßstab. Gradienten und Signale sichern keine Summen zu und werden nicht geprüft. Für ein Häkchen muss die mittlere Korrelation 0,7 oder mehr sein, und 0,1 über der einer Karte mit demselben Wert in jedem Voxel des Kopfes.</translation>
    </message>
    <message>
        <source>Do several maps of the same output mark the same regions?</source>
        <translation>Markieren mehrere Karten derselben Ausgabe dieselben Regionen?</translation>
    </message>
    <message>
        <source>Do sums of the map&apos;s values predict how much the output drops without these voxels?</source>
        <translation>Sagen Summen der Kartenwerte, wie viel die Ausgabe ohne sie verliert?</translation>
    </message>
    <message>
        <source>Does the map add up to the output it explains?</source>
        <translation>Summiert sich die Karte zu der Ausgabe, die sie erklärt?</translation>
    </message>
    <message>
        <source>Does the map change when another class is explained?</source>
        <translation>Ändert sich die Karte, wenn eine andere Klasse erklärt wird?</translation>
    </message>
    <message>
        <source>Does the map change when the network&apos;s weights are randomised?</source>
        <translation>Ändert sich die Karte, wenn die Gewichte des Netzes zufällig gewählt werden?</translation>
    </message>
    <message>
        <source>Does the map mark the region that is known to matter?</source>
        <translation>Markiert die Karte die Region, von der man weiß, dass sie wichtig ist?</translation>
    </message>
    <message>
        <source>Does the map stay the same for a scan that looks the same?</source>
        <translation>Bleibt die Karte für einen Scan, der gleich aussieht, gleich?</translation>
    </message>
    <message>
        <source>Does the output change when the map&apos;s strongest region is occluded?</source>
        <translation>Ändert sich die Ausgabe, wenn die stärkste Region der Karte verdeckt wird?</translation>
    </message>
    <message>
        <source>Does the output fall when what the map marks is removed, and rise when it is restored?</source>
        <translation>Sinkt die Ausgabe, wenn entfernt wird, was die Karte markiert, und steigt sie, wenn es zurückkommt?</translation>
    </message>
    <message>
        <source>Does the prediction depend on what is inside the outline of the head?</source>
        <translation>Braucht die Vorhersage, was innerhalb des Umrisses des Kopfes liegt?</translation>
    </message>
    <message>
        <source>Is the map stable under an imperceptible adversarial change of the scan?</source>
        <translation>Ist die Karte stabil bei einer unmerklichen adversarialen Änderung des Scans?</translation>
    </message>
    <message>
        <source>Largest effect region</source>
        <translation>Region größter Wirkung</translation>
    </message>
    <message>
        <source>Localisation</source>
        <translation>Lokalisierung</translation>
    </message>
    <message>
        <source>Maps may agree and all be wrong. Different kinds of map need not agree: a gradient is not a contribution, and a signal is neither; within one kind, disagreement means more.</source>
        <translation>Karten können übereinstimmen und alle falsch sein. Verschiedene Arten von Karten müssen nicht übereinstimmen: Ein Gradient ist kein Beitrag, und ein Signal ist keines von beiden; innerhalb einer Art bedeutet Uneinigkeit mehr.</translation>
    </message>
    <message>
        <source>Random weights</source>
        <translation>Zufällige Gewichte</translation>
    </message>
    <message>
        <source>Repeatability</source>
        <translation>Wiederholbarkeit</translation>
    </message>
    <message>
        <source>Sensitivity-n</source>
        <translation>Sensitivity-n</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Abkürzungen</translation>
    </message>
    <message>
        <source>Such changes require knowledge of the network; they do not arise in scanners. If the decision itself changes, the map has a reason to change: the output after each change is shown beside it. A map that ignores the scan is also stable.</source>
        <translation>Solche Änderungen verlangen Kenntnis des Netzes; sie entstehen nicht in Scannern. Wo sich die Entscheidung selbst ändert, hat die Karte Grund, sich zu ändern: Die Ausgabe nach jeder Änderung steht daneben. Eine Karte, die den Scan nicht beachtet, ist auch stabil.</translation>
    </message>
    <message>
        <source>The network may find the same evidence elsewhere, so that no single region is needed, and it may respond to the patch that covers the region. A tick needs a change of the output by 10 % or more that is larger than for any region of the same shape elsewhere. The region is one of those formed by the strongest 2 % of the head&apos;s voxels, whatever the threshold of the view.</source>
        <translation>Das Netz findet vielleicht dasselbe anderswo, sodass keine einzelne Region nötig ist; und es reagiert vielleicht auf den Fleck, der die Region verdeckt. Für ein Häkchen muss sich die Ausgabe um 10 % oder mehr ändern, und mehr als für jede Region derselben Form anderswo. Die Region ist eine von denen, die die stärksten 2 % der Voxel des Kopfes bilden, gleich bei welcher Schwelle der Ansicht.</translation>
    </message>
    <message>
        <source>The outline may be valid evidence, for example of atrophy. It is filled with one value, a standard deviation above or below the mean of the head; the larger change determines the verdict. Networks are not trained on such scans, and the outputs for them may be meaningless. Without a skull, the outline is that of the brain mask. The check concerns the network and is the same for every map. The change of an output without a probability is relative to the largest among these scans.</source>
        <translation>Der Umriss kann ein echtes Zeichen sein, etwa von Atrophie. Er ist mit einem Wert gefüllt, eine Standardabweichung über oder unter dem Mittel des Kopfes; die größere Änderung bestimmt das Urteil. Netze sind mit solchen Scans nicht trainiert, und die Ausgaben für sie bedeuten vielleicht nichts. Ohne Schädel ist der Umriss der der Hirnmaske. Die Prüfung betrifft das Netz und ist für jede Karte dieselbe. Die Änderung einer Ausgabe ohne Wahrscheinlichkeit zählt als Anteil der größten unter diesen Scans.</translation>
    </message>
    <message>
        <source>If the outputs of two classes are each other&apos;s negatives, as in many networks with two classes, their maps differ only in sign, whatever the method: such a pair is not graded. A method that ignores the class cannot pass.</source>
        <translation>Wo die Ausgaben zweier Klassen einander negativ gleich sind, wie in vielen Netzen mit zwei Klassen, sind ihre Karten bis auf das Vorzeichen gleich, gleich mit welcher Methode: Ein solches Paar wird nicht beurteilt. Eine Methode, die die Klasse nicht beachtet, kann nicht bestehen.</translation>
    </message>
</context>
</TS>
