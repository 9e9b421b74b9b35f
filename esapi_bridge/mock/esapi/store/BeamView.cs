using System;
using System.Collections.Generic;
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
        /// Shapes, collimator X and Y in mm, that together cover what is seen of a structure: of every plane, drawn half a
        /// plane distance thick to both sides, the two faces and the sides between them. The polygons of a shape combine
        /// by even-odd filling.
        /// </summary>
        internal IEnumerable<List<double[][]>> Shapes(StructureState structure)
        {
            GridState grid = structure.Set.Image.Grid;
            VVector half = grid.Axes[2] * (grid.Spacing[2] / 2);
            foreach (List<VVector[]> contours in structure.ByPlane.Values)
            {
                List<double[][]> near = contours.ConvertAll(c => Array.ConvertAll(c, p => Project(p - half)));
                List<double[][]> far = contours.ConvertAll(c => Array.ConvertAll(c, p => Project(p + half)));
                yield return near;
                yield return far;
                for (int c = 0; c < contours.Count; c++)
                {
                    for (int n = 0, m = contours[c].Length - 1; n < contours[c].Length; m = n++)
                    {
                        double[][] side = { near[c][m], near[c][n], far[c][n], far[c][m] };
                        yield return new List<double[][]> { side };
                    }
                }
            }
        }

        private double[] Project(VVector point)
        {
            VVector from = point - _isocentre;
            double larger = _sad / (_sad - from.ScalarProduct(_source));
            return new[] { from.ScalarProduct(_x) * larger, from.ScalarProduct(_y) * larger };
        }
    }
}
