using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Voxels, units, scales and grids of doses.</summary>
internal static class DoseTraps
{
    private static ExternalPlanSetup Empty(ExternalPlanSetup source)
    {
        return source.Course.AddExternalPlanSetup(source.StructureSet);
    }

    internal static void Row06(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        seen["create"] = Program.Attempt(() => plan.CreateEvaluationDose());
        seen["copy"] = Program.Attempt(() => plan.CopyEvaluationDose(plan.Dose));
        seen["dose_kept"] = plan.IsDoseValid;
        seen["none"] = plan.DoseAsEvaluationDose == null;
        ExternalPlanSetup empty = Empty(plan);
        seen["beamless"] = Program.Attempt(() => empty.CopyEvaluationDose(plan.Dose));
        seen["null"] = Program.Attempt(() => empty.CopyEvaluationDose(null));
        seen["some"] = empty.DoseAsEvaluationDose != null;
    }

    internal static void Row07(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("SAVE", "Plan A", true, out session);
        ExternalPlanSetup empty = Empty(plan);
        empty.Id = "Eval7";
        empty.SetPrescription(30, plan.DosePerFraction, 1);
        EvaluationDose dose = empty.CreateEvaluationDose();
        seen["unset"] = Program.Attempt(session.Save);
        dose.SetVoxels(0, new int[dose.XSize, dose.YSize]);
        seen["set"] = Program.Attempt(session.Save);
        seen["changes"] = session.HasChanges;
    }

    internal static void Row08(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        Dose dose = plan.Dose;
        EvaluationDose evaluation = Empty(plan).CopyEvaluationDose(dose);
        int x = dose.XSize;
        int y = dose.YSize;
        seen["transposed"] = Program.Attempt(() => dose.GetVoxels(0, new int[y, x]));
        seen["large"] = Program.Attempt(() => dose.GetVoxels(0, new int[x + 1, y]));
        seen["null"] = Program.Attempt(() => dose.GetVoxels(0, null));
        seen["below"] = Program.Attempt(() => dose.GetVoxels(-1, new int[x, y]));
        seen["above"] = Program.Attempt(() => dose.GetVoxels(dose.ZSize, new int[x, y]));
        seen["set_transposed"] = Program.Attempt(() => evaluation.SetVoxels(0, new int[y, x]));
        seen["set_above"] = Program.Attempt(() => evaluation.SetVoxels(dose.ZSize, new int[x, y]));
        seen["image_transposed"] = Program.Attempt(
            () => plan.StructureSet.Image.GetVoxels(0, new int[plan.StructureSet.Image.YSize, plan.StructureSet.Image.XSize]));
        seen["right"] = Program.Attempt(() => evaluation.SetVoxels(dose.ZSize - 1, new int[x, y]));
    }

    internal static void Row09(Seen seen)
    {
        MockSession session = MockSession.Open(Program.CentigrayDatabase);
        ExternalPlanSetup plan = Program.Plan(session, "HFS", "Plan A", true);
        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["planes"] = Program.Planes(plan.Dose);
        seen["zero"] = plan.Dose.VoxelToDoseValue(0);
        seen["million"] = plan.Dose.VoxelToDoseValue(1000000);
        seen["maximum"] = plan.Dose.DoseMax3D;
        EvaluationDose evaluation = Empty(plan).CopyEvaluationDose(plan.Dose);
        seen["evaluation_zero"] = evaluation.VoxelToDoseValue(0);
        seen["evaluation_million"] = evaluation.VoxelToDoseValue(1000000);
        seen["back"] = evaluation.DoseValueToVoxel(new DoseValue(50.00012, "%"));
        seen["overflow"] = Program.Attempt(() => evaluation.DoseValueToVoxel(new DoseValue(1e9, "%")));
        seen["undefined"] = Program.Attempt(() => evaluation.DoseValueToVoxel(new DoseValue(double.NaN, "%")));
        int[,] negative = new int[evaluation.XSize, evaluation.YSize];
        negative[1, 1] = -1;
        seen["negative"] = Program.Attempt(() => evaluation.SetVoxels(0, negative));
        int[,] written = new int[evaluation.XSize, evaluation.YSize];
        for (int x = 0; x < evaluation.XSize; x++)
        {
            for (int y = 0; y < evaluation.YSize; y++)
            {
                written[x, y] = 1000 * x + y;
            }
        }
        evaluation.SetVoxels(2, written);
        seen["written"] = Program.Planes(evaluation)[2];
        seen["others"] = Program.Planes(evaluation)[1];
    }

    internal static void Row10(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        Structure target = plan.StructureSet.Structures.First();
        ExternalPlanSetup empty = Empty(plan);
        EvaluationDose evaluation = empty.CopyEvaluationDose(plan.Dose);
        seen["source"] = Program.Planes(plan.Dose)[0];
        seen["copied"] = Program.Planes(evaluation)[0];
        seen["source_million"] = plan.Dose.VoxelToDoseValue(1000000);
        DVHData before = empty.GetDVHCumulativeData(
            target, DoseValuePresentation.Absolute, VolumePresentation.Relative, 1);
        seen["dvh_without_prescription"] = before.MeanDose.Dose;
        seen["maximum_without_prescription"] = evaluation.DoseMax3D;
        seen["absolute_without_prescription"] = Program.Attempt(() => evaluation.DoseValueToVoxel(new DoseValue(1, "Gy")));
        empty.SetPrescription(10, new DoseValue(3, "Gy"), 0.9);
        seen["unnormalised_million"] = evaluation.VoxelToDoseValue(1000000);
        empty.PlanNormalizationValue = 80;
        seen["normalised_million"] = evaluation.VoxelToDoseValue(1000000);
        empty.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["gray_million"] = empty.Dose.VoxelToDoseValue(1000000);
        seen["copied_after"] = Program.Planes(evaluation)[0];
        DVHData after = empty.GetDVHCumulativeData(
            target, DoseValuePresentation.Absolute, VolumePresentation.Relative, 1);
        seen["dvh_mean"] = after.MeanDose;
        seen["dvh_max"] = after.MaxDose;
        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["plan_gray"] = plan.Dose.VoxelToDoseValue(1000000);
        double meterset = plan.Beams.First().Meterset.Value;
        plan.SetPrescription(30, new DoseValue(4, "Gy"), 1);
        seen["plan_gray_doubled"] = plan.Dose.VoxelToDoseValue(1000000);
        seen["meterset_factor"] = plan.Beams.First().Meterset.Value / meterset;
    }

    internal static void Row11(Seen seen)
    {
        MockSession session = MockSession.Open(Program.CentigrayDatabase);
        ExternalPlanSetup plan = Program.Plan(session, "HFS", "Plan A", true);
        seen["fresh"] = plan.Dose.VoxelToDoseValue(1000000).Unit;
        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["absolute"] = plan.Dose.VoxelToDoseValue(1000000).Unit;
        seen["total"] = plan.TotalDose;
        ExternalPlanSetup owner = Empty(plan);
        EvaluationDose evaluation = owner.CopyEvaluationDose(plan.Dose);
        seen["evaluation_relative"] = evaluation.VoxelToDoseValue(1000000);
        seen["mixed"] = Program.Attempt(() => (plan.Dose.DoseMax3D > evaluation.DoseMax3D).ToString());
        owner.SetPrescription(10, new DoseValue(300, "cGy"), 0.5);
        owner.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["evaluation"] = evaluation.VoxelToDoseValue(1000000);
        seen["evaluation_maximum"] = evaluation.DoseMax3D.Unit;
        seen["back"] = new[] { new DoseValue(3000, "cGy"), new DoseValue(50, "%") }.Select(evaluation.DoseValueToVoxel).ToArray();
        seen["beam"] = plan.Beams.First().Dose.DoseMax3D.Unit;
        seen["added"] = Program.Attempt(() => (plan.TotalDose + new DoseValue(1, "Gy")).ToString());
        seen["prescribed_gray"] = Program.Attempt(() => owner.SetPrescription(1, new DoseValue(2, "Gy"), 1));
        seen["prescribed_centigray"] = Program.Attempt(() => owner.SetPrescription(1, new DoseValue(200, "cGy"), 1));
    }

    internal static void Row12(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        ExternalPlanSetup empty = Empty(plan);
        seen["source"] = plan.PlanNormalizationValue;
        seen["fresh"] = empty.PlanNormalizationValue;
        seen["fractions"] = empty.NumberOfFractions == null;
        seen["total"] = empty.TotalDose.Dose;
        empty.PlanNormalizationValue = 100;
        seen["set"] = empty.PlanNormalizationValue;
        seen["zero"] = Program.Attempt(() => empty.PlanNormalizationValue = 0);
        seen["undefined"] = Program.Attempt(() => empty.PlanNormalizationValue = double.NaN);
    }

    internal static void Row13(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Undosed", false);
        seen["dose"] = plan.Dose == null;
        seen["valid"] = plan.IsDoseValid;
        seen["beam_dose"] = plan.Beams.First().Dose == null;
        seen["histogram"] = plan.GetDVHCumulativeData(plan.StructureSet.Structures.First(),
            DoseValuePresentation.Relative, VolumePresentation.Relative, 1) == null;
        ExternalPlanSetup dosed = Program.Plan("HFS", "Plan A", false);
        seen["dosed_valid"] = dosed.IsDoseValid;
        seen["setup_dose"] = Program.Beam(dosed, "CBCT").Dose == null;
        seen["beams"] = dosed.Beams.Where(b => !b.IsSetupField).Select(delegate(Beam b)
        {
            Seen beam = new Seen();
            beam["id"] = b.Id;
            beam["number"] = b.BeamNumber;
            beam["planes"] = Program.Planes(b.Dose);
            beam["relative"] = b.Dose.VoxelToDoseValue(1000000);
            beam["absolute"] = b.Dose.GetAbsoluteBeamDoseValue(b.Dose.VoxelToDoseValue(1000000));
            beam["weight"] = b.WeightFactor;
            beam["undefined"] = b.Dose.GetAbsoluteBeamDoseValue(DoseValue.Undefined);
            beam["gray"] = Program.Attempt(() => b.Dose.GetAbsoluteBeamDoseValue(new DoseValue(1, "Gy")));
            return (object)beam;
        }).ToList();
    }

    internal static void Row44(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", false);
        seen["prescribed"] = plan.DosePerFraction;
        seen["planned"] = plan.PlannedDosePerFraction;
        ExternalPlanSetup pointed = Program.Plan("HFP", "Plan A", false);
        seen["at_point"] = pointed.PlannedDosePerFraction;
        pointed.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["dose_there"] = pointed.Dose.GetDoseToPoint(pointed.PrimaryReferencePoint.GetReferencePointLocation(pointed));
    }

    internal static void Row14(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        EvaluationDose copied = Empty(plan).CopyEvaluationDose(plan.Dose);
        seen["size"] = new[] { copied.XSize, copied.YSize, copied.ZSize };
        seen["resolution"] = new[] { copied.XRes, copied.YRes, copied.ZRes };
        seen["origin"] = Program.Numbers(copied.Origin);
        seen["settable"] = new[] { "XSize", "YSize", "ZSize", "XRes", "YRes", "ZRes", "Origin" }
            .Where(name => typeof(EvaluationDose).GetProperty(name).CanWrite).ToArray();
        copied.SetVoxels(0, new int[copied.XSize, copied.YSize]);
        EvaluationDose second = Empty(plan).CopyEvaluationDose(copied);
        int[,] ones = new int[copied.XSize, copied.YSize];
        ones[0, 0] = 1;
        second.SetVoxels(0, ones);
        ones[0, 0] = 2;
        seen["own_voxels"] = new[] { Program.Planes(copied)[0][0, 0], Program.Planes(second)[0][0, 0] };
        seen["source_voxel"] = Program.Planes(plan.Dose)[0][0, 0] > 2;
        EvaluationDose created = Empty(plan).CreateEvaluationDose();
        seen["created"] = new[] { created.XSize, created.YSize, created.ZSize };
        seen["created_voxels"] = Program.Planes(created).Sum(p => p.Cast<int>().Sum());
    }
}
