<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>models</name>
    <message>
        <source>bias field</source>
        <translation>Bias-Feld</translation>
    </message>
    <message>
        <source>citation</source>
        <translation>Zitat</translation>
    </message>
    <message>
        <source>contact</source>
        <translation>Kontakt</translation>
    </message>
    <message>
        <source>covariates</source>
        <translation>Kovariaten</translation>
    </message>
    <message>
        <source>images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>intended use</source>
        <translation>gedacht für</translation>
    </message>
    <message>
        <source>licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>not for</source>
        <translation>nicht für</translation>
    </message>
    <message>
        <source>performance</source>
        <translation>Leistung</translation>
    </message>
    <message>
        <source>population</source>
        <translation>Personen</translation>
    </message>
    <message>
        <source>skull</source>
        <translation>Schädel</translation>
    </message>
    <message>
        <source>space</source>
        <translation>Raum</translation>
    </message>
    <message>
        <source>training intensities</source>
        <translation>Intensitäten im Training</translation>
    </message>
    <message>
        <source>version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>windows</source>
        <translation>Fenster</translation>
    </message>
</context>
</TS>
