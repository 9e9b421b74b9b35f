using System;
using System.Globalization;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

/// <summary>
/// Asks for histograms of plans and sums and makes a sum; prints what was seen, "name" tab "values" a line.
/// </summary>
internal static class Histograms
{
    private static MockSession _session;

    private static int Main(string[] arguments)
    {
        _session = MockSession.Open(arguments[0]);
        foreach (string position in new[] { "HFS", "FFS" })
        {
            Course course = Open(position);
            foreach (PlanningItem item in course.PlanSetups.Cast<PlanningItem>().Concat(course.PlanSums))
            {
                foreach (Structure structure in item.StructureSet.Structures)
                {
                    Values(position + " " + item.Id + " " + structure.Id, item, structure);
                }
            }
            _session.ClosePatient();
        }
        Course gray = Open("HFS");
        Rules(gray.PlanSetups.First(), gray.PlanSums.First());
        Sums(gray);
        _session.ClosePatient();
        _session = MockSession.Open(arguments[1]);
        Centigray(Open("HFS").PlanSums.First());
        return 0;
    }

    private static Course Open(string patient)
    {
        _session.OpenPatient(patient);
        return _session.CreateContext("C1", null).Course;
    }

    private static void Values(string name, PlanningItem item, Structure structure)
    {
        DVHData data = item.GetDVHCumulativeData(
            structure, DoseValuePresentation.Absolute, VolumePresentation.AbsoluteCm3, 0.01);
        if (data == null)
        {
            Say(name, "none");
            return;
        }
        DVHPoint twenty = data.CurveData[Math.Min(2000, data.CurveData.Length - 1)];
        Say(name, structure.Volume, data.Volume, data.MinDose.Dose, data.MaxDose.Dose, data.MeanDose.Dose, data.MedianDose.Dose,
            data.StdDev, data.Coverage, data.SamplingCoverage, At(item, structure, 95), At(item, structure, 2),
            item.GetVolumeAtDose(structure, new DoseValue(20, "Gy"), VolumePresentation.AbsoluteCm3),
            twenty.DoseValue.Dose < 19.99 ? 0 : twenty.Volume, data.CurveData[0].Volume,
            item.Dose.GetDoseToPoint(data.MaxDosePosition).Dose, item.Dose.GetDoseToPoint(data.MinDosePosition).Dose);
    }

    private static double At(PlanningItem item, Structure structure, double percent)
    {
        return item.GetDoseAtVolume(structure, percent, VolumePresentation.Relative, DoseValuePresentation.Absolute).Dose;
    }

    private static double Mean(PlanningItem item, Structure structure)
    {
        return item.GetDVHCumulativeData(
            structure, DoseValuePresentation.Absolute, VolumePresentation.Relative, 1).MeanDose.Dose;
    }

    private static void Rules(PlanSetup plan, PlanSum sum)
    {
        Structure target = Find(plan, "Target");
        Structure empty = Find(plan, "Empty");
        Say("whole", plan.GetDoseAtVolume(target, target.Volume, VolumePresentation.AbsoluteCm3, DoseValuePresentation.Absolute).Dose);
        Say("most", plan.GetDoseAtVolume(target, 0, VolumePresentation.AbsoluteCm3, DoseValuePresentation.Absolute).Dose);
        Say("beyond", plan.GetDoseAtVolume(
            target, target.Volume * 1.01, VolumePresentation.AbsoluteCm3, DoseValuePresentation.Absolute).IsUndefined());
        Say("negative", plan.GetDoseAtVolume(target, -1, VolumePresentation.Relative, DoseValuePresentation.Absolute).IsUndefined());
        Say("empty dose", plan.GetDoseAtVolume(empty, 1, VolumePresentation.Relative, DoseValuePresentation.Absolute).IsUndefined());
        Say("empty volume", plan.GetVolumeAtDose(empty, new DoseValue(1, "Gy"), VolumePresentation.Relative));
        Say("undefined dose", plan.GetVolumeAtDose(target, DoseValue.UndefinedDose(), VolumePresentation.Relative));
        Say("other unit", Attempt(() => plan.GetVolumeAtDose(target, new DoseValue(1, "cGy"), VolumePresentation.Relative)));
        Say("no structure", Attempt(() => plan.GetVolumeAtDose(null, new DoseValue(1, "Gy"), VolumePresentation.Relative)));
        Say("bin", Attempt(() => plan.GetDVHCumulativeData(target, DoseValuePresentation.Absolute, VolumePresentation.Relative, 0)));
        DVHData relative = plan.GetDVHCumulativeData(target, DoseValuePresentation.Relative, VolumePresentation.Relative, 0.5);
        Say("relative", relative.MeanDose.Dose, relative.CurveData[0].Volume, relative.CurveData[1].DoseValue.Dose);
        Say("relative units", relative.MeanDose.UnitAsString + " " + relative.CurveData[0].VolumeUnit);
        Say("round trip", plan.GetVolumeAtDose(target, plan.GetDoseAtVolume(
            target, 37, VolumePresentation.Relative, DoseValuePresentation.Relative), VolumePresentation.Relative));
        Say("sum relative", Attempt(() => sum.GetDVHCumulativeData(
            target, DoseValuePresentation.Relative, VolumePresentation.Relative, 0.5)));
        Say("sum presentation", Attempt(() => sum.DoseValuePresentation = DoseValuePresentation.Relative));
    }

    private static void Sums(Course course)
    {
        course.Patient.BeginModifications();
        ExternalPlanSetup first = course.ExternalPlanSetups.First();
        ExternalPlanSetup second = course.ExternalPlanSetups.Last();
        Structure target = Find(first, "Target");
        PlanSum sum = course.CreatePlanSum(new PlanningItem[] { first, second }, first.StructureSet.Image);
        Say("made", sum.Id + " " + sum.PlanSetups.Count() + " " + course.PlanSums.Count());
        sum.Id = "Boosted";
        Say("taken id", Attempt(() => sum.Id = "Sum"));
        Say("twice", Attempt(() => sum.AddItem(first)));
        Say("plan of sum", Attempt(() => course.RemovePlanSetup(first)));
        double before = Mean(sum, target);
        second.PlanNormalizationValue = 49;
        Say("follows", before, Mean(first, target), Mean(sum, target));
        sum.SetPlanWeight(second, 0.25);
        sum.SetPlanSumOperation(second, PlanSumOperation.Subtraction);
        PlanSumComponent part = sum.PlanSumComponents.Last();
        Say("part", part.PlanSetupId + " " + part.PlanSumOperation + " " + part.PlanWeight.ToString(CultureInfo.InvariantCulture));
        double edited = Mean(sum, target);
        _session.Save();
        _session.Discard();
        Course again = _session.CreateContext("C1", "Plan A").Course;
        PlanSum read = again.PlanSums.First(s => s.Id == "Boosted");
        Say("saved", edited, Mean(read, Find(read, "Target")));
        Say("in scope", _session.CreateContext("C1", "Plan A").PlanSumsInScope.Count());
        again.Patient.BeginModifications();
        again.RemovePlanSum(read);
        Say("removed", again.PlanSums.Count() + " " + Attempt(() => read.Id.ToString()).Split(' ')[0]);
        PlanSum kept = again.PlanSums.First();
        kept.RemoveItem(again.PlanSetups.Last());
        Say("last", Attempt(() => kept.RemoveItem(again.PlanSetups.First())));
        Say("undosed", again.CreatePlanSum(new PlanningItem[] { again.AddExternalPlanSetup(kept.StructureSet) },
            kept.StructureSet.Image).Dose == null);
    }

    private static void Centigray(PlanSum sum)
    {
        Structure target = Find(sum, "Target");
        DVHData data = sum.GetDVHCumulativeData(target, DoseValuePresentation.Absolute, VolumePresentation.Relative, 1);
        Say("centigray", data.MeanDose.Dose, sum.Dose.GetDoseToPoint(data.MaxDosePosition).Dose, data.MaxDose.Dose);
        Say("centigray unit", data.MeanDose.UnitAsString + " " + sum.Dose.DoseMax3D.UnitAsString);
    }

    private static Structure Find(PlanningItem item, string id)
    {
        return item.StructureSet.Structures.First(s => s.Id == id);
    }

    private static string Attempt(Action action)
    {
        try
        {
            action();
            return "none";
        }
        catch (Exception error)
        {
            return error.GetType().Name + " " + error.Message;
        }
    }

    private static void Say(string name, params object[] values)
    {
        Console.WriteLine(name + "\t" + string.Join("\t", values.Select(
            v => Convert.ToString(v, CultureInfo.InvariantCulture)).ToArray()));
    }
}
