using System;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Objectives of an optimisation.</summary>
internal static class OptimisationTraps
{
    private static object[] Objectives(PlanSetup plan)
    {
        return plan.OptimizationSetup.Objectives.Select(o =>
        {
            OptimizationPointObjective point = o as OptimizationPointObjective;
            OptimizationMeanDoseObjective mean = o as OptimizationMeanDoseObjective;
            OptimizationEUDObjective eud = o as OptimizationEUDObjective;
            DoseValue dose = point != null ? point.Dose : mean != null ? mean.Dose : eud.Dose;
            double extra = point != null ? point.Volume : mean != null ? -1 : eud.ParameterA;
            return (object)new object[] { o.StructureId, o.Operator, dose, extra, o.Priority, o.Structure.Id };
        }).ToArray();
    }

    private static object[] Parameters(PlanSetup plan)
    {
        return plan.OptimizationSetup.Parameters.Select(p =>
        {
            OptimizationNormalTissueParameter tissue = p as OptimizationNormalTissueParameter;
            OptimizationIMRTBeamParameter beam = p as OptimizationIMRTBeamParameter;
            return tissue != null
                ? (object)new object[] { tissue.IsAutomatic, tissue.Priority, tissue.DistanceFromTargetBorderInMM,
                    tissue.StartDosePercentage, tissue.EndDosePercentage, tissue.FallOff }
                : beam != null ? new object[] { beam.BeamId, beam.SmoothX, beam.SmoothY, beam.FixedJaws, beam.Beam.Id }
                : new object[] { p.GetType().Name };
        }).ToArray();
    }

    internal static void Row52(Seen seen)
    {
        // A centigray site: doses are kept in Gy and shown in cGy.
        MockSession session = MockSession.Open(Program.CentigrayDatabase);
        ExternalPlanSetup plan = Program.Plan(session, "HFS", "Plan A", false);
        OptimizationSetup setup = plan.OptimizationSetup;
        Structure target = plan.StructureSet.Structures.First(s => s.Id == "PTV");
        Structure empty = plan.StructureSet.Structures.First(s => s.Id == "Empty");
        DoseValue dose = new DoseValue(6000, "cGy");
        seen["read_only"] = Program.Attempt(
            () => setup.AddPointObjective(target, OptimizationObjectiveOperator.Lower, dose, 95, 100));
        plan.Course.Patient.BeginModifications();
        Action[] wrong =
        {
            () => setup.AddPointObjective(target, OptimizationObjectiveOperator.Lower, new DoseValue(60, "Gy"), 95, 100),
            () => setup.AddMeanDoseObjective(target, new DoseValue(60, "%"), 100),
            () => setup.AddPointObjective(null, OptimizationObjectiveOperator.Lower, dose, 95, 100),
            () => setup.AddPointObjective(empty, OptimizationObjectiveOperator.Lower, dose, 95, 100),
            () => setup.AddPointObjective(target, OptimizationObjectiveOperator.Lower, dose, 101, 100),
            () => setup.AddPointObjective(target, OptimizationObjectiveOperator.Exact, dose, 95, 100),
            () => setup.AddPointObjective(target, OptimizationObjectiveOperator.Lower, dose, 95, -1),
            () => setup.AddEUDObjective(target, OptimizationObjectiveOperator.Upper, dose, double.NaN, 1),
            () => setup.AddNormalTissueObjective(-1, 1, 1, 1, 1),
            () => setup.RemoveObjective(null),
            () => setup.RemoveParameter(null)
        };
        seen["wrong"] = wrong.Select(Program.Attempt).ToArray();
        seen["unchanged"] = setup.Objectives.Count() + setup.Parameters.Count();
        OptimizationPointObjective lower = setup.AddPointObjective(target, OptimizationObjectiveOperator.Lower, dose, 95, 110);
        setup.AddPointObjective(target, OptimizationObjectiveOperator.Upper, new DoseValue(6300, "cGy"), 0, 90);
        setup.AddMeanDoseObjective(target, new DoseValue(6100, "cGy"), 30);
        setup.AddEUDObjective(target, OptimizationObjectiveOperator.Upper, new DoseValue(6200, "cGy"), 8.5, 20);
        setup.AddAutomaticNormalTissueObjective(80);
        setup.AddNormalTissueObjective(70, 5, 105, 60, 0.05);
        setup.AddBeamSpecificParameter(Program.Beam(plan, "Field 1"), 40, 30, false);
        setup.AddBeamSpecificParameter(Program.Beam(plan, "Field 1"), 45, 35, true);
        setup.UseJawTracking = true;
        seen["same"] = setup.Objectives.First() == lower && setup.Objectives.Last() != lower;
        seen["dose_kept"] = plan.IsDoseValid;
        seen["objectives"] = Objectives(plan);
        seen["parameters"] = Parameters(plan);
        PlanSetup copy = plan.Course.CopyPlanSetup(plan);
        copy.Id = "Copied";
        copy.OptimizationSetup.RemoveObjective(copy.OptimizationSetup.Objectives.First());
        seen["copy"] = copy.OptimizationSetup.Objectives.Count() * 10 + plan.OptimizationSetup.Objectives.Count();
        seen["of_another_plan"] = Program.Attempt(
            () => setup.RemoveObjective(copy.OptimizationSetup.Objectives.First()));
        session.Save();
        plan = Program.Plan(MockSession.Open(Program.CentigrayDatabase), "HFS", "Plan A", true);
        seen["reopened_objectives"] = Objectives(plan);
        seen["reopened_parameters"] = Parameters(plan);
        setup = plan.OptimizationSetup;
        OptimizationObjective removed = setup.Objectives.First();
        setup.RemoveObjective(removed);
        seen["removed"] = Program.Attempt(() => removed.Priority.ToString());
        seen["twice"] = Program.Attempt(() => setup.RemoveObjective(removed));
        foreach (OptimizationParameter parameter in setup.Parameters.ToList())
        {
            setup.RemoveParameter(parameter);
        }
        seen["left"] = setup.Objectives.Count() + (setup.Parameters.Any() || setup.UseJawTracking ? 100 : 0);
    }

    internal static void Row53(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        OptimizationSetup setup = plan.OptimizationSetup;
        Structure target = plan.StructureSet.Structures.First(s => s.Id == "PTV");
        setup.AddPointObjective(target, OptimizationObjectiveOperator.Lower, new DoseValue(60, "Gy"), 95, 110);
        seen["unknown_mlc"] = Program.Attempt(() => plan.Optimize(
            5, OptimizationOption.RestartOptimization, "Other"));
        seen["no_iterations"] = Program.Attempt(() => plan.Optimize(0));
        seen["estimates"] = Program.Attempt(() => plan.CalculateDVHEstimates("", null, null));
        Environment.SetEnvironmentVariable("FAKE_CALCULATION_FAILS", "1");
        OptimizerResult failed = plan.Optimize();
        Environment.SetEnvironmentVariable("FAKE_CALCULATION_FAILS", null);
        seen["failed"] = failed.Success;
        seen["failed_objective"] = failed.TotalObjectiveFunctionValue;
        seen["dose_kept"] = plan.IsDoseValid;
        OptimizerResult result = plan.Optimize(new OptimizationOptionsIMRT(17, OptimizationOption.ContinueOptimization,
            OptimizationConvergenceOption.TerminateIfConverged, Program.Beam(plan, "Field 1").MLC.Id));
        seen["success"] = result.Success;
        seen["iterations"] = result.NumberOfIMRTOptimizerIterations;
        seen["objective"] = result.TotalObjectiveFunctionValue;
        seen["values"] = result.StructureObjectiveValues.Select(v => (object)new object[] { v.Structure.Id, v.Value }).ToArray();
        seen["fluence"] = Program.Beam(plan, "Open").GetOptimalFluence().GetPixels();
        seen["dose"] = plan.IsDoseValid;
        seen["normalisation"] = plan.PlanNormalizationValue;
        seen["dose_without_motions"] = plan.CalculateDose().Success;
        seen["logs"] = Program.Beam(plan, "Open").CalculationLogs.Select(l => l.Category).ToArray();
        seen["no_arcs"] = plan.OptimizeVMAT().Success;
        seen["no_arcs_log"] = Program.Beam(plan, "Open").CalculationLogs.Last().MessageLines.Last();
        Vmat(seen, plan);
    }

    private static void Vmat(Seen seen, ExternalPlanSetup given)
    {
        ExternalPlanSetup plan = given.Course.AddExternalPlanSetup(given.StructureSet);
        seen["vmat_of_nothing"] = plan.OptimizeVMAT().Success;
        Beam arc = plan.AddVMATBeam(new ExternalBeamMachineParameters("New", "6X", 600, "ARC", null), new[] { 0, 0.5, 1 },
            30, 300, 60, GantryDirection.Clockwise, 0, new VVector(1, 2, 3));
        plan.OptimizationSetup.AddPointObjective(plan.StructureSet.Structures.First(s => s.Id == "PTV"),
            OptimizationObjectiveOperator.Lower, new DoseValue(60, "Gy"), 95, 110);
        seen["vmat_wrong"] = new Action[]
        {
            () => plan.OptimizeVMAT("Other"),
            () => plan.OptimizeVMAT((OptimizationOptionsVMAT)null),
            () => plan.OptimizeVMAT(new OptimizationOptionsVMAT(0, "")),
            () => plan.OptimizeVMAT(new OptimizationOptionsVMAT(OptimizationOption.ContinueOptimization, ""))
        }.Select(Program.Attempt).ToArray();
        OptimizerResult result = plan.OptimizeVMAT(arc.MLC.Id);
        seen["vmat"] = new object[] { result.Success, result.TotalObjectiveFunctionValue, arc.ControlPoints.Count,
            arc.ControlPoints[1].LeafPositions[0, 2], arc.Meterset.Value, arc.MLCPlanType, plan.IsDoseValid };
        plan.SetCalculationModel(CalculationType.PhotonVolumeDose, given.PhotonCalculationModel);
        seen["vmat_dose"] = plan.CalculateDose().Success;
    }
}
