<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source> in {0}</source>
        <translation> in {0}</translation>
    </message>
    <message>
        <source>, {0}{1} in the training data</source>
        <translation>, {0}{1} in den Trainingsdaten</translation>
    </message>
    <message>
        <source>Gaussian weights</source>
        <translation>Gauß-Gewichte</translation>
    </message>
    <message>
        <source>Model facts</source>
        <translation>Angaben zum Modell</translation>
    </message>
    <message>
        <source>a single scan is refused</source>
        <translation>ein einzelner Scan wird abgelehnt</translation>
    </message>
    <message>
        <source>affine</source>
        <translation>affin</translation>
    </message>
    <message>
        <source>as scanned</source>
        <translation>wie aufgenommen</translation>
    </message>
    <message>
        <source>bounds</source>
        <translation>feste Grenzen</translation>
    </message>
    <message>
        <source>corrected</source>
        <translation>korrigiert</translation>
    </message>
    <message>
        <source>either</source>
        <translation>mit oder ohne</translation>
    </message>
    <message>
        <source>field-of-view</source>
        <translation>ganzer Bildausschnitt</translation>
    </message>
    <message>
        <source>foreground</source>
        <translation>um den Vordergrund</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>vorhanden</translation>
    </message>
    <message>
        <source>maximum</source>
        <translation>Maximum</translation>
    </message>
    <message>
        <source>mirrored along the axes {0} ({1} passes)</source>
        <translation>gespiegelt an den Achsen {0} ({1} Durchläufe)</translation>
    </message>
    <message>
        <source>nonzero</source>
        <translation>um das von null Verschiedene</translation>
    </message>
    <message>
        <source>not corrected</source>
        <translation>nicht korrigiert</translation>
    </message>
    <message>
        <source>not named</source>
        <translation>nicht benannt</translation>
    </message>
    <message>
        <source>not stated in its card</source>
        <translation>steht nicht in der Karte</translation>
    </message>
    <message>
        <source>one scan is used for all</source>
        <translation>ein Scan geht an alle</translation>
    </message>
    <message>
        <source>range</source>
        <translation>Perzentile</translation>
    </message>
    <message>
        <source>registered to {0} ({1})</source>
        <translation>registriert auf {0} ({1})</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>entfernt</translation>
    </message>
    <message>
        <source>rigid</source>
        <translation>starr</translation>
    </message>
    <message>
        <source>spacing</source>
        <translation>feste Größe in mm</translation>
    </message>
    <message>
        <source>z-score</source>
        <translation>z-Wert</translation>
    </message>
    <message>
        <source>{0} ({1}); a single scan is refused</source>
        <translation>{0} ({1}); ein einzelner Scan wird abgelehnt</translation>
    </message>
    <message>
        <source>{0} ({1}); one scan is used for all</source>
        <translation>{0} ({1}); ein Scan geht an alle</translation>
    </message>
    <message>
        <source>{0} voxels, {1} overlap</source>
        <translation>{0} Voxel, {1} Überlappung</translation>
    </message>
    <message>
        <source>{0}, Gaussian weights</source>
        <translation>{0}, Gauß-Gewichte</translation>
    </message>
    <message>
        <source>{0}, mirrored along the axes {1} ({2} passes)</source>
        <translation>{0}, gespiegelt an den Achsen {1} ({2} Durchläufe)</translation>
    </message>
    <message>
        <source>{0}, {1} in the training data</source>
        <translation>{0}, {1} in den Trainingsdaten</translation>
    </message>
</context>
</TS>
