using System;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Models, options, calculations.</summary>
internal static class CalculationTraps
{
    private const string LeafModel = "Varian Leaf Motion Calculator [15.6.03]";
    private const string DoseModel = "AAA_15606";

    private static string[] Logs(PlanSetup plan)
    {
        return plan.Beams.SelectMany(b => b.CalculationLogs.SelectMany(
            log => log.MessageLines.Select(line => b.Id + " | " + log.Category + " | " + line))).ToArray();
    }

    /// <summary>A plan all of whose treatment beams have a fluence.</summary>
    private static ExternalPlanSetup Modulated(bool models)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        Program.Beam(plan, "Open").SetOptimalFluence(Program.Beam(plan, "Field 1").GetOptimalFluence());
        if (models)
        {
            plan.SetCalculationModel(CalculationType.PhotonLeafMotions, LeafModel);
        }
        return plan;
    }

    internal static void Row26(Seen seen)
    {
        ExternalPlanSetup plan = Modulated(false);
        seen["no_leaf_model"] = plan.CalculateLeafMotions(new LMCVOptions(true)).Success;
        seen["no_leaf_model_logs"] = Logs(plan);
        plan.SetCalculationModel(CalculationType.PhotonLeafMotions, LeafModel);
        seen["other_class"] = plan.CalculateLeafMotions(new SmartLMCOptions(true, false)).Success;
        seen["other_class_logs"] = Logs(plan);
        plan.ClearCalculationModel(CalculationType.PhotonVolumeDose);
        seen["no_dose_model"] = plan.CalculateLeafMotions(new LMCVOptions(true)).Success;
        seen["no_dose_model_logs"] = Logs(plan);
        seen["dose_without_model"] = plan.CalculateDose().Success;
        seen["null"] = Program.Attempt(() => plan.CalculateLeafMotions((LMCVOptions)null));
        plan.SetCalculationModel(CalculationType.PhotonVolumeDose, DoseModel);
        seen["right"] = plan.CalculateLeafMotions(new LMCVOptions(true)).Success;
        seen["right_logs"] = Logs(plan);
        Beam open = Program.Beam(plan, "Open");
        seen["leaves"] = open.ControlPoints[1].LeafPositions;
        seen["meterset"] = open.Meterset.Value;
        seen["type"] = open.MLCPlanType;
        seen["points"] = open.ControlPoints.Count;
    }

    internal static void Row27(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        plan.SetCalculationModel(CalculationType.PhotonLeafMotions, LeafModel);
        seen["lacking"] = plan.CalculateLeafMotions(new LMCVOptions(true)).Success;
        seen["lacking_logs"] = Logs(plan);
        seen["dose_kept"] = plan.IsDoseValid;
        Program.Beam(plan, "Field 1").SetOptimalFluence(Program.Beam(plan, "Field 1").GetOptimalFluence());
        seen["dose_without_motions"] = plan.CalculateDose().Success;
        seen["dose_without_motions_logs"] = Logs(plan);
        seen["dose"] = plan.IsDoseValid;
    }

    internal static void Row28(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        PlanningItemDose held = plan.Dose;
        Beam beam = Program.Beam(plan, "Field 1");
        seen["before"] = plan.IsDoseValid;
        beam.SetOptimalFluence(beam.GetOptimalFluence());
        seen["after_fluence"] = plan.IsDoseValid || plan.Dose != null || beam.Dose != null;
        seen["held"] = Program.Attempt(() => held.XSize.ToString());
        plan = Program.Plan("HFS", "Plan A", true);
        beam = Program.Beam(plan, "Field 1");
        beam.ApplyParameters(beam.GetEditableParameters());
        seen["after_edit"] = plan.IsDoseValid;
        plan = Program.Plan("HFS", "Plan A", true);
        plan.SetCalculationOption(DoseModel, "CalculationGridSizeInCM", "0.5");
        seen["after_option"] = plan.IsDoseValid;
        plan = Modulated(true);
        seen["motions_and_dose"] = plan.CalculateLeafMotionsAndDose().Success;
        seen["after_calculation"] = plan.IsDoseValid;
        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
        seen["planes"] = Program.Planes(plan.Dose);
        seen["million"] = plan.Dose.VoxelToDoseValue(1000000);
        seen["resolution"] = new[] { plan.Dose.XRes, plan.Dose.YRes, plan.Dose.ZRes };
        Beam calculated = Program.Beam(plan, "Field 1");
        seen["beam_absolute"] = calculated.Dose.GetAbsoluteBeamDoseValue(calculated.Dose.DoseMax3D);
        seen["logs"] = Logs(plan);
    }

    internal static void Row29(Seen seen)
    {
        seen["members"] = typeof(CalculationResult).GetMembers()
            .Where(m => m.DeclaringType == typeof(CalculationResult)).Select(m => m.Name).OrderBy(n => n).ToArray();
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        Environment.SetEnvironmentVariable("FAKE_CALCULATION_FAILS", "1");
        seen["failed"] = plan.CalculateDose().Success;
        Environment.SetEnvironmentVariable("FAKE_CALCULATION_FAILS", null);
        seen["logs"] = Logs(plan);
        seen["dose_kept"] = plan.IsDoseValid;
        string python = Environment.GetEnvironmentVariable("ESAPI_BRIDGE_PYTHON");
        Environment.SetEnvironmentVariable("ESAPI_BRIDGE_PYTHON", null);
        seen["no_process"] = plan.CalculateDose().Success;
        Environment.SetEnvironmentVariable("ESAPI_BRIDGE_PYTHON", python);
        seen["no_process_logs"] = Logs(plan);
    }

    internal static void Row30(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        seen["unknown_option"] = plan.SetCalculationOption(DoseModel, "GridSize", "0.5");
        seen["unknown_model"] = plan.SetCalculationOption("Other", "CalculationGridSizeInCM", "0.5");
        seen["millimetres"] = Program.Attempt(() => plan.SetCalculationOption(DoseModel, "CalculationGridSizeInCM", "2.5"));
        seen["comma"] = Program.Attempt(() => plan.SetCalculationOption(DoseModel, "CalculationGridSizeInCM", "0,5"));
        seen["keys"] = plan.GetCalculationOptions(DoseModel).Keys.OrderBy(k => k).ToArray();
        string value;
        seen["found"] = plan.GetCalculationOption(DoseModel, "CalculationGridSizeInCM", out value);
        seen["unchanged"] = value;
        seen["dose_kept"] = plan.IsDoseValid;
        seen["by_name"] = plan.SetCalculationOption(DoseModel, "CalculationGridSizeInCM", "0.5");
        seen["by_path"] = plan.SetCalculationOption(DoseModel, "/AAACalculationOptions/@Other", "OFF");
        seen["options"] = plan.PhotonCalculationOptions["/AAACalculationOptions/@CalculationGridSizeInCM"]
            + plan.PhotonCalculationOptions["/AAACalculationOptions/@Other"];
        ExternalPlanSetup other = plan.Course.ExternalPlanSetups.First(p => p.Id == "Approved");
        seen["other_plan"] = other.PhotonCalculationOptions["/AAACalculationOptions/@CalculationGridSizeInCM"];
    }

    /// <summary>None of the plans has a model, so that what is not refused ends at once.</summary>
    internal static void Row43(Seen seen)
    {
        MockSession session;
        ExternalPlanSetup plan = Program.Plan("HFS", "Undosed", true, out session);
        seen["refuses"] = session.Guard.RefusesFirstDose;
        session.Guard.BeginScript(System.Reflection.Assembly.GetExecutingAssembly());
        seen["plugin"] = Program.Attempt(() => plan.CalculateDose());
        PlanSetup dosed = plan.Course.PlanSetups.First(p => p.Id == "Plan A");
        ExternalPlanSetup copy = (ExternalPlanSetup)plan.Course.CopyPlanSetup(dosed);
        copy.ClearCalculationModel(CalculationType.PhotonVolumeDose);
        seen["copy_dose"] = copy.IsDoseValid;
        seen["copy"] = Program.Attempt(() => copy.CalculateDose());
        session.Guard.ScriptAssembly = null;
        seen["stand_alone"] = Program.Attempt(() => plan.CalculateDose());
        session.Guard.BeginScript(System.Reflection.Assembly.GetExecutingAssembly());
        session.Guard.RefusesFirstDose = false;
        seen["later_version"] = Program.Attempt(() => plan.CalculateDose());
    }

    internal static void Row31(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        seen["dose"] = plan.GetModelsForCalculationType(CalculationType.PhotonVolumeDose).ToArray();
        seen["leaf"] = plan.GetModelsForCalculationType(CalculationType.PhotonLeafMotions).ToArray();
        seen["none"] = plan.GetModelsForCalculationType(CalculationType.DVHEstimation).ToArray();
        seen["unset"] = plan.GetCalculationModel(CalculationType.PhotonLeafMotions) == null;
        seen["unknown"] = Program.Attempt(
            () => plan.SetCalculationModel(CalculationType.PhotonLeafMotions, "Varian Leaf Motion Calculator"));
        seen["other_type"] = Program.Attempt(() => plan.SetCalculationModel(CalculationType.PhotonLeafMotions, DoseModel));
        plan.SetCalculationModel(CalculationType.PhotonLeafMotions, LeafModel);
        seen["set"] = plan.GetCalculationModel(CalculationType.PhotonLeafMotions);
    }
}
