<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source>a window of {0} voxels has an output of {1}</source>
        <translation>auf ein Fenster von {0} Voxeln antwortet es mit {1}</translation>
    </message>
    <message>
        <source>has 1 output (it returns {0}), but its card names {1}</source>
        <translation>hat 1 Ausgabe (es antwortet mit {0}), und seine Karte nennt {1}</translation>
    </message>
    <message>
        <source>has 1 size and 1 stride</source>
        <translation>hat 1 Größe und 1 Schrittweite</translation>
    </message>
    <message>
        <source>has 1 size and {0} strides</source>
        <translation>hat 1 Größe und {0} Schrittweiten</translation>
    </message>
    <message>
        <source>has 1 weight too many</source>
        <translation>hat 1 Gewicht zu viel</translation>
    </message>
    <message>
        <source>has an output at every voxel</source>
        <translation>antwortet in jedem Voxel</translation>
    </message>
    <message>
        <source>has {0} outputs (it returns {1}), but its card names {2}</source>
        <translation>hat {0} Ausgaben (es antwortet mit {1}), und seine Karte nennt {2}</translation>
    </message>
    <message>
        <source>has {0} sizes and 1 stride</source>
        <translation>hat {0} Größen und 1 Schrittweite</translation>
    </message>
    <message>
        <source>is a regression with 1 output</source>
        <translation>ist eine Regression mit 1 Ausgabe</translation>
    </message>
    <message>
        <source>is a regression with {0} outputs</source>
        <translation>ist eine Regression mit {0} Ausgaben</translation>
    </message>
    <message>
        <source>its card must say 'values'</source>
        <translation>seine Karte muss „values“ angeben</translation>
    </message>
    <message>
        <source>its card's kind must be 'segmentation'</source>
        <translation>„kind“ in seiner Karte muss „segmentation“ sein</translation>
    </message>
    <message>
        <source>name one class for each output</source>
        <translation>für jede Ausgabe eine Klasse nennen</translation>
    </message>
    <message>
        <source>only dense predictions can be made in windows</source>
        <translation>nur dichte Vorhersagen sind in Fenstern möglich</translation>
    </message>
    <message>
        <source>outputs {0}, but {1} outputs {2}</source>
        <translation>antwortet mit {0}, und {1} mit {2}</translation>
    </message>
    <message>
        <source>returns no grid</source>
        <translation>antwortet ohne Gitter</translation>
    </message>
    <message>
        <source>returns {0}, but one row of outputs per scan is needed</source>
        <translation>antwortet mit {0}, gebraucht wird eine Zeile Ausgaben je Scan</translation>
    </message>
    <message>
        <source>returns {0}, but one tensor is needed</source>
        <translation>antwortet mit {0}, gebraucht wird ein Tensor</translation>
    </message>
    <message>
        <source>use windows and overlaps that are multiples of the network's strides</source>
        <translation>Fenster und Überlappungen wählen, die Vielfache der Strides des Netzes sind</translation>
    </message>
    <message>
        <source>windows of {0} with {1} in common over {2} voxels</source>
        <translation>Fenster von {0} mit {1} gemeinsamen über {2} Voxel</translation>
    </message>
</context>
</TS>
