using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>What a beam sees at a control point: points of the patient projected to the isocentre plane.</summary>
    internal sealed class BeamView
    {
        private readonly VVector _isocentre, _source, _x, _y;
        private readonly double _sad;

        internal BeamView(PatientOrientation orientation, BeamState beam, ControlPointState point)
        {
            _isocentre = beam.Isocentre;
            _source = SourceDirection.Of(orientation, point.GantryDeg, point.CouchDeg);
            _x = SourceDirection.AxisX(orientation, point);
            _y = SourceDirection.AxisY(orientation, point);
            _sad = beam.SadMm;
        }

        /// <summary>
        /// Polygons, collimator X and Y in mm, that together cover what is seen of a structure: of every contour, drawn
        /// half a plane distance thick to both sides, the two faces and the sides between them.
        /// </summary>
        internal List<double[][]> Polygons(StructureState structure)
        {
            GridState grid = structure.Set.Image.Grid;
            VVector half = grid.Axes[2] * (grid.Spacing[2] / 2);
            List<double[][]> seen = new List<double[][]>();
            foreach (VVector[] contour in structure.ByPlane.Values.SelectMany(contours => contours))
            {
                double[][] near = contour.Select(p => Project(p - half)).ToArray();
                double[][] far = contour.Select(p => Project(p + half)).ToArray();
                seen.Add(near);
                seen.Add(far);
                for (int n = 0, m = contour.Length - 1; n < contour.Length; m = n++)
                {
                    seen.Add(new[] { near[m], near[n], far[n], far[m] });
                }
            }
            return seen;
        }

        private double[] Project(VVector point)
        {
            VVector from = point - _isocentre;
            double larger = _sad / (_sad - from.ScalarProduct(_source));
            return new[] { from.ScalarProduct(_x) * larger, from.ScalarProduct(_y) * larger };
        }
    }
}
