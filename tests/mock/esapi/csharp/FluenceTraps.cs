using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>What a beam takes for a fluence.</summary>
internal static class FluenceTraps
{
    private static string Refusal(Beam beam, Fluence fluence)
    {
        string message;
        bool can = beam.CanSetOptimalFluence(fluence, out message);
        return can + " | " + message + " | " + Program.Attempt(() => beam.SetOptimalFluence(fluence));
    }

    private static Beam First()
    {
        return Program.Plan("HFS", "Plan A", true).Beams.First();
    }

    internal static void Row18(Seen seen)
    {
        seen["null"] = Refusal(First(), null);
        seen["empty"] = Refusal(First(), new Fluence(new float[0, 0], 0, 0));
        seen["no_columns"] = Refusal(First(), new Fluence(new float[3, 0], 0, 0));
    }

    internal static void Row19(Seen seen)
    {
        foreach (int[] size in new[] { new[] { 1, 5 }, new[] { 5, 1 }, new[] { 2, 2 }, new[] { 1024, 2 }, new[] { 1025, 2 },
            new[] { 2, 1025 } })
        {
            seen[size[0] + "x" + size[1]] = Refusal(First(), new Fluence(new float[size[0], size[1]], 0, 0));
        }
        seen["largest"] = Fluence.MaxSizePixel;
    }

    internal static void Row20(Seen seen)
    {
        Beam beam = First();
        Fluence read = beam.GetOptimalFluence();
        seen["origin"] = new[] { read.XOrigin, read.YOrigin };
        float[,] pixels = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } };
        beam.SetOptimalFluence(new Fluence(pixels, -3.75, 1.25));
        pixels[0, 0] = 99;
        Fluence back = beam.GetOptimalFluence();
        back.GetPixels()[0, 1] = 99;
        seen["back"] = beam.GetOptimalFluence().GetPixels();
        seen["back_origin"] = new[] { back.XOrigin, back.YOrigin };
    }

    internal static void Row21(Seen seen)
    {
        foreach (float value in new[] { -0.001f, float.NaN, float.PositiveInfinity, 0f })
        {
            float[,] pixels = new float[3, 4];
            pixels[2, 1] = value;
            seen[value.ToString(System.Globalization.CultureInfo.InvariantCulture)] =
                Refusal(First(), new Fluence(pixels, 0, 0));
        }
    }

    internal static void Row22(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        seen["beams"] = plan.Beams.Select(b => b.Id + (b.IsSetupField ? " setup" : "")).ToArray();
        seen["setup"] = Refusal(Program.Beam(plan, "CBCT"), plan.Beams.First().GetOptimalFluence());
        seen["dose_kept"] = plan.IsDoseValid;
    }

    internal static void Row23(Seen seen)
    {
        Fluence fluence = First().GetOptimalFluence();
        ExternalPlanSetup plan = Program.Plan("HFS", "Arc", true);
        seen["arc"] = Refusal(plan.Beams.First(), fluence);
        seen["type"] = plan.Beams.First().MLCPlanType;
        seen["technique"] = plan.Beams.First().Technique.Id;
        seen["direction"] = plan.Beams.First().GantryDirection;
    }

    internal static void Row24(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        seen["open"] = Program.Beam(plan, "Open").GetOptimalFluence() == null;
        seen["modulated"] = Program.Beam(plan, "Field 1").GetOptimalFluence() == null;
        Fluence fluence = Program.Beam(plan, "Field 1").GetOptimalFluence();
        seen["given"] = Program.Attempt(() => Program.Beam(plan, "Open").SetOptimalFluence(fluence));
        seen["open_after"] = Program.Beam(plan, "Open").GetOptimalFluence() == null;
    }
}
