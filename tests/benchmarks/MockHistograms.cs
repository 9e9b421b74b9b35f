using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Histograms of all structures of a plan as a script asks for them, and how long they take: DATABASE PATIENT PLAN.</summary>
internal static class MockHistograms
{
    private static void Main(string[] arguments)
    {
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[1]);
        PlanSetup plan = session.CreateContext("C1", arguments[2]).PlanSetup;
        List<string> lines = new List<string>();
        Stopwatch watch = Stopwatch.StartNew();
        foreach (Structure structure in plan.StructureSet.Structures.Where(s => !s.IsEmpty))
        {
            DVHData data = plan.GetDVHCumulativeData(
                structure, DoseValuePresentation.Absolute, VolumePresentation.Relative, 0.01);
            double[] values =
            {
                data.Volume, data.MeanDose.Dose, At(plan, structure, 95), At(plan, structure, 2), data.MaxDose.Dose, data.MinDose.Dose
            };
            lines.Add(structure.Id + "\t" + string.Join("\t", values.Select(
                v => v.ToString("R", CultureInfo.InvariantCulture)).ToArray()));
        }
        Console.WriteLine("seconds\t" + watch.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        lines.ForEach(Console.WriteLine);
    }

    private static double At(PlanSetup plan, Structure structure, double percent)
    {
        return plan.GetDoseAtVolume(structure, percent, VolumePresentation.Relative, DoseValuePresentation.Absolute).Dose;
    }
}
