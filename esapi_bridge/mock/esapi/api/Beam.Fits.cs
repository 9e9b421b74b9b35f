// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Windows;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    // Jaws and leaves around what the beam sees of a structure (row 55); the plan's doses are no longer valid (row 28).
    public partial class Beam
    {
        /// <summary>
        /// Sets the jaws around a structure and its margins, mm as the beam sees them
        /// (Beam.FitCollimatorToStructure, ESAPI 15.6); of an arc, around what all control points see (assumed).
        /// </summary>
        public void FitCollimatorToStructure(FitToStructureMargins margins, Structure structure, bool useAsymmetricXJaws,
            bool useAsymmetricYJaws, bool optimizeCollimatorRotation)
        {
            Writing();
            List<List<double[][]>> seen = Seen(structure, optimizeCollimatorRotation);
            RequireMargins(margins);
            VRect<double> box = new Silhouette(seen.SelectMany(s => s).ToList(), margins).Box;
            double x = Math.Max(-box.X1, box.X2);
            double y = Math.Max(-box.Y1, box.Y2);
            SetAperture(n => new VRect<double>(
                useAsymmetricXJaws ? box.X1 : -x, useAsymmetricYJaws ? box.Y1 : -y,
                useAsymmetricXJaws ? box.X2 : x, useAsymmetricYJaws ? box.Y2 : y), null);
        }

        /// <summary>
        /// Sets leaves and jaws around a structure (Beam.FitMLCToStructure, ESAPI 15.6); without margins, the recommended
        /// jaws, leaf ends that meet in the middle, closed leaves at the centre (assumed).
        /// </summary>
        public void FitMLCToStructure(Structure structure)
        {
            FitMLCToStructure(new FitToStructureMargins(0), structure, false, JawFitting.FitToRecommended,
                OpenLeavesMeetingPoint.OpenLeavesMeetingPoint_Middle, ClosedLeavesMeetingPoint.ClosedLeavesMeetingPoint_Center);
        }

        /// <summary>
        /// Sets leaves and jaws around a structure and its margins, mm as the beam sees them (Beam.FitMLCToStructure,
        /// ESAPI 15.6). Leaves that move along an arc are set for each control point, other ones around what all see
        /// (assumed).
        /// </summary>
        public void FitMLCToStructure(FitToStructureMargins margins, Structure structure, bool optimizeCollimatorRotation,
            JawFitting jawFit, OpenLeavesMeetingPoint olmp, ClosedLeavesMeetingPoint clmp)
        {
            Writing();
            List<List<double[][]>> seen = Seen(structure, optimizeCollimatorRotation);
            FitMlc(seen, margins, jawFit, olmp, clmp);
        }

        /// <summary>Sets leaves around an outline, collimator mm (assumed), as around a structure without margins.</summary>
        public void FitMLCToOutline(Point[][] outline)
        {
            FitMLCToOutline(outline, false, JawFitting.FitToRecommended,
                OpenLeavesMeetingPoint.OpenLeavesMeetingPoint_Middle, ClosedLeavesMeetingPoint.ClosedLeavesMeetingPoint_Center);
        }

        /// <summary>Sets leaves around an outline, collimator mm (assumed; Beam.FitMLCToOutline, ESAPI 15.6).</summary>
        public void FitMLCToOutline(Point[][] outline, bool optimizeCollimatorRotation, JawFitting jawFit,
            OpenLeavesMeetingPoint olmp, ClosedLeavesMeetingPoint clmp)
        {
            Writing();
            RequireSameRotation(optimizeCollimatorRotation);
            if (outline == null || outline.Length == 0 || outline.Any(o => o == null || o.Length < 3))
            {
                throw new ArgumentException("expected polygons of three points or more", "outline");
            }
            List<double[][]> polygons = outline.Select(o => o.Select(p => new[] { p.X, p.Y }).ToArray()).ToList();
            FitMlc(BeamState.Points.Select(p => polygons).ToList(), new FitToStructureMargins(0), jawFit, olmp, clmp);
        }

        /// <summary>
        /// Outlines of a structure in the isocentre plane, mm, at the first control point (assumed): as the beam sees them
        /// with the collimator at 0, or in the collimator's axes (Beam.GetStructureOutlines, ESAPI 15.6). Along the edges
        /// of pixels of 0.25 mm, larger ones above 250 mm; none of a structure without contours (assumed).
        /// </summary>
        public Point[][] GetStructureOutlines(Structure structure, bool inBEV)
        {
            Reading();
            if (structure == null)
            {
                throw new ArgumentNullException("structure");
            }
            if (structure.StructureState.ByPlane.Count == 0)
            {
                return new Point[0][];
            }
            ControlPointState point = BeamState.Points[0].Copy();
            point.CollimatorDeg = inBEV ? 0 : point.CollimatorDeg;
            BeamView view = new BeamView(_plan.Orientation, BeamState, point);
            return ShapeOutline.Around(view.Shapes(structure.StructureState).ToList())
                .Select(o => Array.ConvertAll(o, p => new Point(p.x, p.y))).ToArray();
        }

        private void FitMlc(List<List<double[][]>> seen, FitToStructureMargins margins, JawFitting jawFit,
            OpenLeavesMeetingPoint olmp, ClosedLeavesMeetingPoint clmp)
        {
            double[] boundaries = BeamState.MlcBoundaries;
            if (boundaries == null || BeamState.Points.Any(p => p.Leaves == null))
            {
                throw new ApplicationException("the beam has no MLC whose leaves could be fitted");
            }
            RequireMargins(margins);
            bool leavesMove = MLCPlanType == MLCPlanType.ArcDynamic || MLCPlanType == MLCPlanType.VMAT;
            Silhouette all = new Silhouette(seen.SelectMany(s => s).ToList(), margins);
            List<double[,]> leaves = seen.ConvertAll(s => LeafFit.Around(
                leavesMove ? new Silhouette(s, margins) : all, boundaries, olmp, clmp));
            if (jawFit == JawFitting.None)
            {
                SetAperture(n => BeamState.Points[n].Jaws, leaves);
                return;
            }
            // Jaws stay where they are during an arc (assumed).
            VRect<double> jaws = jawFit == JawFitting.FitToStructure ? all.Box : LeafFit.Opening(leaves, boundaries);
            SetAperture(n => jaws, leaves);
        }

        private void SetAperture(Func<int, VRect<double>> jaws, List<double[,]> leaves)
        {
            List<ControlPointState> points = BeamState.Points.ConvertAll(p => p.Copy());
            for (int n = 0; n < points.Count; n++)
            {
                points[n].Jaws = jaws(n);
                points[n].Leaves = leaves == null ? points[n].Leaves : leaves[n];
            }
            BeamState.Points = points;
            _plan.InvalidateDose();
            _plan.Changed = true;
        }

        /// <summary>What each control point sees of a structure.</summary>
        private List<List<double[][]>> Seen(Structure structure, bool optimizeCollimatorRotation)
        {
            RequireSameRotation(optimizeCollimatorRotation);
            if (structure == null)
            {
                throw new ArgumentNullException("structure");
            }
            StructureState state = structure.StructureState;
            if (state.Set != _plan.StructureSet || state.ByPlane.Count == 0)
            {
                throw new ArgumentException("expected a structure of the plan's structure set that has contours", "structure");
            }
            return BeamState.Points.ConvertAll(p => new BeamView(_plan.Orientation, BeamState, p)
                .Shapes(state).SelectMany(s => s).ToList());
        }

        private static void RequireMargins(FitToStructureMargins margins)
        {
            if (!new[] { margins.X1, margins.Y1, margins.X2, margins.Y2 }.All(m => m >= 0 && m <= 500))
            {
                throw new ArgumentException("expected margins of 0 to 500 mm, found " + margins, "margins");
            }
        }

        private static void RequireSameRotation(bool optimizeCollimatorRotation)
        {
            if (optimizeCollimatorRotation)
            {
                throw new NotSupportedException("not in the mock: optimisation of the collimator's rotation");
            }
        }
    }
}
