<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>FigureDialog</name>
    <message>
        <source>A4 column, 85 mm</source>
        <translation>A4-Spalte, 85 mm</translation>
    </message>
    <message>
        <source>A4 text width, 170 mm</source>
        <translation>A4-Textbreite, 170 mm</translation>
    </message>
    <message>
        <source>Slide, 16:9</source>
        <translation>Folie, 16:9</translation>
    </message>
    <message>
        <source>Square</source>
        <translation>Quadrat</translation>
    </message>
</context>
</TS>
