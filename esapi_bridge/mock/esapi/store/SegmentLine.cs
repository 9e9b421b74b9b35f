using System;
using System.Collections.Generic;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// Inside a structure or not, point after point, by the rule of <see cref="Contours.Inside"/>. What was worked out for
    /// the plane and the height of the last point serves the next one, for clients ask row by row.
    /// </summary>
    internal sealed class SegmentLine
    {
        private const double SameRow = 1e-9;

        private readonly StructureState _structure;
        private readonly Dictionary<int, List<VVector[]>> _byPlane;
        private int _plane = int.MinValue;
        private double _row = double.NaN;
        private List<double[][]> _polygons = new List<double[][]>();
        private double[] _crossings = new double[0];

        internal SegmentLine(StructureState structure)
        {
            _structure = structure;
            _byPlane = structure.ByPlane;
        }

        internal bool Inside(VVector point)
        {
            GridState grid = _structure.Set.Image.Grid;
            int plane = (int)Math.Round(grid.Index(point, 2));
            double row = grid.Index(point, 1);
            if (plane != _plane)
            {
                List<VVector[]> contours;
                _polygons = _byPlane.TryGetValue(plane, out contours)
                    ? contours.ConvertAll(c => Contours.Flat(grid, c)) : new List<double[][]>();
                _row = double.NaN;
                _plane = plane;
            }
            if (!(Math.Abs(row - _row) < SameRow))
            {
                _crossings = Contours.Crossings(_polygons, row);
                _row = row;
            }
            double column = grid.Index(point, 0);
            int right = 0;
            foreach (double crossing in _crossings)
            {
                right += column < crossing ? 1 : 0;
            }
            return right % 2 == 1;
        }
    }
}
