using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

/// <summary>Beams: editing, leaves, wrappers.</summary>
internal static class BeamTraps
{
    internal static void Row25(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        Beam beam = Program.Beam(plan, "Field 1");
        BeamParameters edited = beam.GetEditableParameters();
        float[,] leaves = beam.ControlPoints[0].LeafPositions;
        seen["leaves"] = leaves;
        edited.SetJawPositions(new VRect<double>(-11, -12, 13, 14));
        edited.Isocenter = new VVector(1, 2, 3);
        seen["detached"] = beam.ControlPoints[0].JawPositions.X1;
        edited.ControlPoints.First().LeafPositions[0, 0] = 999;
        seen["copy"] = edited.ControlPoints.First().LeafPositions[0, 0] == leaves[0, 0];
        ControlPoint point = beam.ControlPoints[0];
        seen["applied"] = Program.Attempt(() => beam.ApplyParameters(edited));
        seen["jaws"] = new[] { point.JawPositions.X1, point.JawPositions.Y1, point.JawPositions.X2, point.JawPositions.Y2 };
        seen["isocentre"] = Program.Numbers(beam.IsocenterPosition);

        BeamParameters crossed = beam.GetEditableParameters();
        float[,] swapped = (float[,])leaves.Clone();
        swapped[0, 1] = swapped[1, 1] + 1;
        crossed.SetAllLeafPositions(swapped);
        crossed.Isocenter = new VVector(7, 7, 7);
        seen["crossed"] = Program.Attempt(() => beam.ApplyParameters(crossed));
        BeamParameters shape = beam.GetEditableParameters();
        shape.SetAllLeafPositions(new float[2, 3]);
        seen["shape"] = Program.Attempt(() => beam.ApplyParameters(shape));
        BeamParameters turned = beam.GetEditableParameters();
        Turn(turned);
        seen["turned"] = Program.Attempt(() => beam.ApplyParameters(turned));
        BeamParameters closed = beam.GetEditableParameters();
        closed.SetJawPositions(new VRect<double>(5, -12, -5, 14));
        seen["closed"] = Program.Attempt(() => beam.ApplyParameters(closed));
        seen["null"] = Program.Attempt(() => beam.ApplyParameters(null));
        seen["other"] = Program.Attempt(() => beam.ApplyParameters(Program.Beam(plan, "Open").GetEditableParameters()));
        seen["isocentre_after"] = Program.Numbers(beam.IsocenterPosition);

        Beam open = Program.Beam(plan, "Open");
        BeamParameters uneven = open.GetEditableParameters();
        uneven.ControlPoints.First().JawPositions = new VRect<double>(-1, -1, 1, 1);
        seen["uneven"] = Program.Attempt(() => open.ApplyParameters(uneven));
        Beam arc = Program.Plan("HFS", "Arc", true).Beams.First();
        BeamParameters moved = arc.GetEditableParameters();
        Turn(moved);
        seen["arc"] = Program.Attempt(() => arc.ApplyParameters(moved));
        seen["arc_gantry"] = arc.ControlPoints[0].GantryAngle;
    }

    /// <summary>Turns the gantry, whose setter is public from 18 on.</summary>
    private static void Turn(BeamParameters parameters)
    {
        System.Reflection.PropertyInfo gantry = typeof(ControlPointParameters).GetProperty("GantryAngle");
        foreach (ControlPointParameters p in parameters.ControlPoints)
        {
            gantry.GetSetMethod(true).Invoke(p, new object[] { p.GantryAngle + 5 });
        }
    }

    internal static void Row32(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", false);
        Beam open = Program.Beam(plan, "Open");
        seen["mlc"] = open.MLC == null;
        float[,] none = open.ControlPoints[0].LeafPositions;
        seen["shape"] = new[] { none.GetLength(0), none.GetLength(1) };
        seen["type"] = open.MLCPlanType;
        seen["table"] = open.ControlPoints[0].TableTopVerticalPosition;
        seen["setup_points"] = Program.Beam(plan, "CBCT").ControlPoints.Count;
        Beam window = Program.Beam(plan, "Field 1");
        seen["window_mlc"] = window.MLC == null;
        seen["leaves"] = window.ControlPoints[2].LeafPositions;
        seen["energies"] = new[] { window.EnergyModeDisplayName, open.EnergyModeDisplayName };
        seen["window_type"] = window.MLCPlanType;
        seen["weights"] = window.ControlPoints.Select(p => p.MetersetWeight).ToArray();
        seen["meterset"] = window.Meterset.Value;
        seen["jaws"] = new[] { window.ControlPoints[0].JawPositions.X1, window.ControlPoints[0].JawPositions.Y1,
            window.ControlPoints[0].JawPositions.X2, window.ControlPoints[0].JawPositions.Y2 };
    }

    internal static void Row35(Seen seen)
    {
        ExternalPlanSetup plan = Program.Plan("HFS", "Plan A", true);
        IEnumerable<Beam> beams = plan.Beams;
        Beam first = beams.First();
        Beam again = beams.First();
        seen["same_reference"] = ReferenceEquals(first, again);
        seen["equal"] = first == again && first.Equals(again) && first.GetHashCode() == again.GetHashCode();
        seen["texts"] = new[] { plan.ToString(), plan.Course.ToString(), first.ToString(), plan.Dose.ToString() };
        seen["different"] = first != beams.Last();
        seen["other_kind"] = plan == (ApiDataObject)plan.Course
            || first == (ApiDataObject)first.TreatmentUnit;
        seen["null"] = first == null;
        int before = beams.Count();
        plan.RemoveBeam(beams.Last());
        seen["counts"] = new[] { before, beams.Count() };
        seen["while_enumerating"] = Program.Attempt(delegate
        {
            foreach (Beam beam in beams)
            {
                plan.RemoveBeam(beam);
            }
        });
        seen["removed"] = Program.Attempt(() => first.Id.ToString());
        Beam added = plan.AddMLCBeam(AccessTraps.Machine(), new float[2, 4], new VRect<double>(-10, -20, 30, 40), 45, 90, 0,
            new VVector(1, 2, 3));
        seen["added"] = beams.Any(b => b == added);
        seen["added_energy"] = added.EnergyModeDisplayName;
        seen["added_dose"] = plan.IsDoseValid;
        seen["bad_leaves"] = Program.Attempt(() => plan.AddMLCBeam(AccessTraps.Machine(), new float[2, 60],
            new VRect<double>(-10, -20, 30, 40), 45, 90, 0, new VVector(1, 2, 3)));
        seen["bad_angle"] = Program.Attempt(() => plan.AddStaticBeam(AccessTraps.Machine(),
            new VRect<double>(-10, -20, 30, 40), 360, 90, 0, new VVector(1, 2, 3)));
    }
}
