using System;
using System.Linq;
using System.Windows;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Jaws and leaves around a structure.</summary>
internal static class FitTraps
{
    private static object Aperture(Beam beam)
    {
        VRect<double> jaws = beam.ControlPoints[1].JawPositions;
        return new object[]
        {
            new[] { jaws.X1, jaws.Y1, jaws.X2, jaws.Y2 }, beam.ControlPoints[1].LeafPositions
        };
    }

    internal static void Row55(Seen seen)
    {
        MockSession session = MockSession.Open(Program.CentigrayDatabase);
        ExternalPlanSetup given = Program.Plan(session, "HFS", "Plan A", true);
        ExternalPlanSetup plan = given.Course.AddExternalPlanSetup(given.StructureSet);
        plan.Id = "Fits";
        VRect<double> jaws = new VRect<double>(-40, -50, 40, 50);
        VVector centre = new VVector(1.5, 2.5, -9);
        ExternalBeamMachineParameters machine = new ExternalBeamMachineParameters("New", "6X", 600, "STATIC", null);
        Structure target = plan.StructureSet.Structures.First(s => s.Id == "PTV");
        Structure empty = plan.StructureSet.Structures.First(s => s.Id == "Empty");
        FitToStructureMargins uneven = new FitToStructureMargins(4, 2, 3, 5);
        OpenLeavesMeetingPoint outside = OpenLeavesMeetingPoint.OpenLeavesMeetingPoint_Outside;
        ClosedLeavesMeetingPoint parked = ClosedLeavesMeetingPoint.ClosedLeavesMeetingPoint_BankOne;
        Beam[] beams =
        {
            plan.AddMLCBeam(machine, new float[2, 60], jaws, 0, 0, 0, centre),
            plan.AddMLCBeam(machine, new float[2, 60], jaws, 30, 90, 20, centre),
            plan.AddMLCBeam(machine, new float[2, 60], jaws, 30, 90, 20, centre),
            plan.AddMLCBeam(machine, new float[2, 60], jaws, 0, 0, 0, centre)
        };
        beams[0].FitMLCToStructure(uneven, target, false, JawFitting.FitToStructure, outside, parked);
        beams[1].FitMLCToStructure(uneven, target, false, JawFitting.FitToRecommended, outside, parked);
        beams[2].FitCollimatorToStructure(new FitToStructureMargins(7), target, false, true, false);
        Point[] outline = { new Point(-21, -10), new Point(33, -10), new Point(33, 15), new Point(-21, 15) };
        beams[3].FitMLCToOutline(new[] { outline });
        string[] names = beams.Select(b => b.Id).ToArray();
        seen["fitted"] = beams.Select(Aperture).ToArray();
        Beam open = Program.Beam(given, "Open");
        seen["outlines"] = new[] { false, true }.Select(inBev => beams[1].GetStructureOutlines(target, inBev)
            .Select(o => o.Select(p => new[] { p.X, p.Y }).ToArray()).ToArray()).ToArray();
        seen["nothing"] = beams[1].GetStructureOutlines(empty, true).Length;
        Action[] wrong =
        {
            () => open.FitMLCToStructure(target),
            () => beams[0].FitMLCToStructure(empty),
            () => beams[0].FitCollimatorToStructure(new FitToStructureMargins(-1), target, true, true, false),
            () => beams[0].FitCollimatorToStructure(uneven, target, true, true, true),
            () => beams[0].CreateOrReplaceDRR(new DRRCalculationParameters(500, 1, 100, 1000, -100, 100))
        };
        seen["radiograph"] = beams[0].ReferenceImage;
        seen["wrong"] = wrong.Select(Program.Attempt).ToArray();
        seen["kept"] = given.Dose != null;
        open.FitCollimatorToStructure(uneven, target, true, true, false);
        seen["dropped"] = given.Dose == null;
        session.Save();
        PlanSetup again = Program.Plan(MockSession.Open(Program.CentigrayDatabase), "HFS", "Fits", false);
        seen["reopened"] = names.Select(n => Aperture(Program.Beam(again, n))).ToArray();
    }
}
