using System;
using System.Globalization;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.Types;

/// <summary>Compares a fluence with others that hold it in other ways; says the largest difference, a line each.</summary>
public static class Compare
{
    public static int Main()
    {
        // Rows towards -Y: 1 2 3 / 4 5 6, the first pixel at (-2.5, 5).
        float[,] map = { { 1, 2, 3 }, { 4, 5, 6 } };
        Fluence set = new Fluence(map, -2.5, 5);
        Say("same", set, new Fluence(map, -2.5, 5));
        Say("padded", set, new Fluence(new float[,] { { 0, 0, 0, 0 }, { 0, 1, 2, 3 }, { 0, 4, 5, 6 } }, -5, 7.5));
        Say("padded with something", set, new Fluence(new float[,] { { 0, 0.25f, 0, 0 }, { 0, 1, 2, 3 }, { 0, 4, 5, 6 } }, -5, 7.5));
        Say("cropped", set, new Fluence(new float[,] { { 2, 3 }, { 5, 6 } }, 0, 5));
        Say("one pixel", set, new Fluence(new float[,] { { 1, 2, 3 }, { 4, 5, 6.5f } }, -2.5, 5));
        Say("moved by a column", set, new Fluence(map, 0, 5));
        Say("moved by a row", set, new Fluence(map, -2.5, 7.5));
        Say("moved by half a pixel", set, new Fluence(map, -1.25, 5));
        Say("nowhere", set, new Fluence(map, double.NaN, 5));
        return 0;
    }

    private static void Say(string what, Fluence one, Fluence other)
    {
        Console.WriteLine(what + ": " + FluenceComparison.Largest(one, other).ToString(CultureInfo.InvariantCulture));
    }
}
