// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// Whether edited parameters suit a beam (row 25: <see cref="ApplicationException"/> and the text on leaves are known,
    /// the other texts assumed).
    /// </summary>
    internal static class ParameterRules
    {
        internal static void Apply(BeamState beam, BeamParameters edited)
        {
            IList<ControlPointParameters> points = edited.Points;
            Require(points.Count == beam.Points.Count, "expected the parameters of this beam");
            Require(edited.WeightFactor >= 0, "expected a weight that is not negative");
            Require(edited.Isocenter.Length >= 0, "expected an isocentre of numbers");
            List<ControlPointState> changed = new List<ControlPointState>();
            for (int n = 0; n < points.Count; n++)
            {
                changed.Add(Changed(beam, points[n], beam.Points[n]));
            }
            if (BeamWords.MlcPlanType(beam) == MLCPlanType.Static || !beam.HasMlc)
            {
                Require(changed.All(p => p.Jaws == changed[0].Jaws && SameLeaves(p.Leaves, changed[0].Leaves)),
                    "expected the same jaws and leaves at all control points of a static beam");
            }
            beam.Points = changed;
            beam.Isocentre = edited.Isocenter;
            beam.WeightFactor = edited.WeightFactor;
        }

        private static ControlPointState Changed(BeamState beam, ControlPointParameters edited, ControlPointState before)
        {
            float[,] leaves = edited.LeafPositions;
            int leafCount = before.Leaves == null ? 0 : before.Leaves.GetLength(1);
            if (leaves.GetLength(1) != leafCount || !LeafTable.IsOpen(leaves))
            {
                throw new ApplicationException("The leaf positions specified by the script are not valid.");
            }
            VRect<double> jaws = edited.JawPositions;
            Require(jaws.X1 < jaws.X2 && jaws.Y1 < jaws.Y2, "expected jaws that open, X1 < X2 and Y1 < Y2");
            Require(edited.GantryAngle == before.GantryDeg || BeamWords.MlcPlanType(beam) == MLCPlanType.VMAT,
                "expected the gantry where it was: it may be turned in VMAT plans only");
            ControlPointState after = before.Copy();
            after.MetersetWeight = edited.MetersetWeight;
            after.GantryDeg = edited.GantryAngle;
            after.Jaws = jaws;
            after.Leaves = LeafTable.FromApi(leaves);
            return after;
        }

        private static bool SameLeaves(double[,] a, double[,] b)
        {
            return a == null || b == null ? a == b : a.Cast<double>().SequenceEqual(b.Cast<double>());
        }

        private static void Require(bool valid, string expectation)
        {
            if (!valid)
            {
                throw new ApplicationException("invalid beam parameters: " + expectation);
            }
        }
    }
}
