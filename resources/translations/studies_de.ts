<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>StudyForm</name>
    <message>
        <source>A voxel is included where the mean scan reaches this share of its mean in the head.</source>
        <translation>Ein Voxel zählt dazu, wo der mittlere Scan diesen Anteil seines Mittels im Kopf erreicht.</translation>
    </message>
    <message>
        <source>Atlas</source>
        <translation>Atlas</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Components</source>
        <translation>Komponenten</translation>
    </message>
    <message>
        <source>Cubes</source>
        <translation>Würfel</translation>
    </message>
    <message>
        <source>Detect from the data</source>
        <translation>An den Daten erkennen</translation>
    </message>
    <message>
        <source>Edge</source>
        <translation>Kante</translation>
    </message>
    <message>
        <source>From the mean scan</source>
        <translation>Aus dem mittleren Scan</translation>
    </message>
    <message>
        <source>Graded</source>
        <translation>Abgestuft</translation>
    </message>
    <message>
        <source>Hidden units</source>
        <translation>Verborgene Einheiten</translation>
    </message>
    <message>
        <source>Keep values below zero</source>
        <translation>Werte unter null behalten</translation>
    </message>
    <message>
        <source>Keeps the weights small; without it retraining has no unique solution.</source>
        <translation>Hält die Gewichte klein; ohne ihn hat das neue Training keine eindeutige Lösung.</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>Linear</translation>
    </message>
    <message>
        <source>Linear: one unit per output.</source>
        <translation>Linear: eine Einheit je Ausgabe.</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>Maske</translation>
    </message>
    <message>
        <source>Mask level</source>
        <translation>Niveau der Maske</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>Noch keiner</translation>
    </message>
    <message>
        <source>Only differences between the scans of one subject are learned.</source>
        <translation>Nur Unterschiede zwischen den Scans einer Person werden gelernt.</translation>
    </message>
    <message>
        <source>Principal components of the scans that the network takes as input.</source>
        <translation>Hauptkomponenten der Scans, die das Netz als Eingabe nimmt.</translation>
    </message>
    <message>
        <source>Prune</source>
        <translation>Beschneiden</translation>
    </message>
    <message>
        <source>Regions of an atlas</source>
        <translation>Regionen eines Atlas</translation>
    </message>
    <message>
        <source>Removes differences in dose and global flow, as is usual in PET.</source>
        <translation>Entfernt Unterschiede in Dosis und globalem Fluss, wie bei PET üblich.</translation>
    </message>
    <message>
        <source>Scale scans to one global mean</source>
        <translation>Auf ein Mittel skalieren</translation>
    </message>
    <message>
        <source>Scans</source>
        <translation>Scans</translation>
    </message>
    <message>
        <source>Subtract each subject&apos;s mean</source>
        <translation>Mittel jeder Person abziehen</translation>
    </message>
    <message>
        <source>Subtract {}</source>
        <translation>{} herausrechnen</translation>
    </message>
    <message>
        <source>Text, or just two numbers, are treated as classes.</source>
        <translation>Text, oder nur zwei Zahlen, werden als Klassen behandelt.</translation>
    </message>
    <message>
        <source>The share of the weights that optimal brain damage removes.</source>
        <translation>Der Anteil der Gewichte, den Optimal Brain Damage entfernt.</translation>
    </message>
    <message>
        <source>This column of the table is regressed out of every voxel.</source>
        <translation>Diese Spalte der Tabelle wird durch Regression aus jedem Voxel entfernt.</translation>
    </message>
    <message>
        <source>Units</source>
        <translation>Einheiten</translation>
    </message>
    <message>
        <source>Voxels without which the network fits better; the paper sets them to zero.</source>
        <translation>Voxel, ohne die das Netz besser passt; die Arbeit setzt sie auf null.</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>Weight Decay</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>mm</source>
        <translation>mm</translation>
    </message>
    <message>
        <source>tanh</source>
        <translation>tanh</translation>
    </message>
    <message>
        <source>y is</source>
        <translation>y ist</translation>
    </message>
</context>
</TS>
