using System;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Arcs made by script.</summary>
internal static class ArcTraps
{
    private static object[] Arcs(PlanSetup plan)
    {
        return plan.Beams.Where(b => b.Id.StartsWith("Arc", StringComparison.Ordinal)).Select(b => (object)new object[]
        {
            b.Id, b.Technique.Id, b.MLCPlanType, b.GantryDirection, b.ControlPoints.Count, b.ControlPoints[0].GantryAngle,
            b.ControlPoints[1].GantryAngle, b.ControlPoints[b.ControlPoints.Count - 1].GantryAngle, b.ArcLength,
            b.ControlPoints[1].MetersetWeight, b.ControlPoints[0].LeafPositions.GetLength(1)
        }).ToArray();
    }

    internal static void Row54(Seen seen)
    {
        MockSession session = MockSession.Open(Program.CentigrayDatabase);
        ExternalPlanSetup given = Program.Plan(session, "HFS", "Plan A", true);
        ExternalPlanSetup plan = given.Course.AddExternalPlanSetup(given.StructureSet);
        plan.Id = "Arcs";
        VRect<double> jaws = new VRect<double>(-40, -50, 40, 50);
        VVector centre = new VVector(1, 2, 3);
        ExternalBeamMachineParameters machine = new ExternalBeamMachineParameters("New", "6X", 600, "ARC", null);
        ExternalBeamMachineParameters still = new ExternalBeamMachineParameters("New", "6X", 600, "STATIC", null);
        double[] weights = Enumerable.Range(0, 178).Select(n => n / 177.0).ToArray();
        GantryDirection clockwise = GantryDirection.Clockwise;
        Action[] wrong =
        {
            () => plan.AddArcBeam(still, jaws, 30, 181, 179, clockwise, 0, centre),
            () => plan.AddArcBeam(machine, jaws, 30, 181, 179, GantryDirection.None, 0, centre),
            () => plan.AddArcBeam(machine, jaws, 30, 181, 360, clockwise, 0, centre),
            () => plan.AddArcBeam(machine, jaws, 30, 181, 181, clockwise, 0, centre),
            () => plan.AddVMATBeam(machine, new[] { 0.0, 1.0 }, 30, 181, 179, clockwise, 0, centre),
            () => plan.AddVMATBeam(machine, null, 30, 181, 179, clockwise, 0, centre),
            () => plan.AddConformalArcBeam(machine, 30, 1, 181, 179, clockwise, 0, centre),
            () => plan.AddStaticBeam(machine, jaws, 30, 0, 0, centre)
        };
        seen["wrong"] = wrong.Select(Program.Attempt).ToArray();
        seen["none"] = plan.Beams.Count();
        plan.AddVMATBeam(machine, weights, 30, 181, 179, clockwise, 0, centre).Id = "Arc VMAT";
        plan.AddConformalArcBeam(machine, 330, 91, 179, 181, GantryDirection.CounterClockwise, 0, centre).Id = "Arc conf";
        plan.AddMLCArcBeam(machine, null, jaws, 0, 300, 60, clockwise, 0, centre).Id = "Arc MLC";
        plan.AddArcBeam(machine, jaws, 0, 10, 350, GantryDirection.CounterClockwise, 0, centre).Id = "Arc open";
        Beam vmat = Program.Beam(plan, "Arc VMAT");
        BeamParameters edited = vmat.GetEditableParameters();
        edited.SetJawPositions(jaws);
        float[,] leaves = edited.ControlPoints.ElementAt(5).LeafPositions;
        leaves[0, 30] = -12;
        edited.ControlPoints.ElementAt(5).LeafPositions = leaves;
        vmat.ApplyParameters(edited);
        seen["leaf"] = vmat.ControlPoints[5].LeafPositions[0, 30];
        seen["arcs"] = Arcs(plan);
        session.Save();
        PlanSetup again = Program.Plan(MockSession.Open(Program.CentigrayDatabase), "HFS", "Arcs", false);
        seen["reopened"] = Arcs(again);
    }
}
