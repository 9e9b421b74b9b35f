using System;
using System.Collections;
using System.Diagnostics;
using System.Globalization;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

/// <summary>Times what scripts do with the structures of a plan. Prints lines of seconds and what was done.</summary>
public static class StructureSpeed
{
    private static readonly Stopwatch Clock = new Stopwatch();

    public static int Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[1]);
        StructureSet set = session.CreateContext("C1", "Plan").StructureSet;
        session.Patient.BeginModifications();
        Structure body = null, ptv = null;
        foreach (Structure structure in set.Structures)
        {
            body = structure.DicomType == "EXTERNAL" ? structure : body;
            ptv = structure.DicomType == "PTV" ? structure : ptv;
        }
        Clock.Start();
        Say("body to voxels", body.SegmentVolume != null);
        SegmentVolume grown = body.Margin(5);
        Say("body + 5 mm", grown != null);
        SegmentVolume skin = body.Margin(-3);
        Say("body - 3 mm", skin != null);
        SegmentVolume wide = ptv.Margin(50);
        Say("target + 50 mm", wide != null);
        SegmentVolume ring = ptv.Margin(20).Sub(ptv.Margin(5)).And(body);
        Say("ring from 5 to 20 mm in the body", ring != null);
        Structure added = set.AddStructure("CONTROL", "skin");
        added.SegmentVolume = skin;
        Say("body - 3 mm to contours", added.Volume);
        Say("parts of it", added.GetNumberOfSeparateParts());
        Image image = set.Image;
        BitArray row = new BitArray(image.XSize);
        for (int k = 0; k < image.ZSize; k++)
        {
            for (int j = 0; j < image.YSize; j++)
            {
                VVector start = image.Origin + new VVector(0, j * image.YRes, k * image.ZRes);
                added.GetSegmentProfile(start, start + new VVector(image.XRes * (image.XSize - 1), 0, 0), row);
            }
        }
        Say("a client's mask of it, row by row", row.Count);
        return 0;
    }

    private static void Say(string what, object value)
    {
        Console.WriteLine(string.Format(
            CultureInfo.InvariantCulture, "{0:0.00}\t{1} ({2})", Clock.Elapsed.TotalSeconds, what, value));
        Clock.Restart();
    }
}
