using System;
using System.Collections.Generic;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>A CT: Hounsfield units of a case folder, shown as the raw integers of a stored CT (row 16).</summary>
    internal sealed class ImageState : ObjectState
    {
        internal string Id;
        internal string SeriesUid;
        internal string FrameOfReference;
        internal GridState Grid;
        internal NpyArray Values;
        internal int Offset;
        internal PatientOrientation Orientation;
    }

    /// <summary>A structure set and the CT it is drawn on.</summary>
    internal sealed class StructureSetState : ObjectState
    {
        internal readonly List<StructureState> Structures = new List<StructureState>();
        internal string Id;
        internal string Uid;
        internal string PatientKey;
        internal ImageState Image;
    }

    /// <summary>A structure: closed planar polygons, combined by even-odd filling.</summary>
    internal sealed class StructureState : ObjectState
    {
        internal StructureSetState Set;
        internal int Number;
        internal string Id;
        internal string DicomType;
        internal int[] Colour;
        internal NpyArray Points;
        internal int[] PointsPerContour;
        private Dictionary<int, List<VVector[]>> _byPlane;

        /// <summary>Contours by index of the nearest image plane.</summary>
        internal Dictionary<int, List<VVector[]>> ByPlane
        {
            get
            {
                if (_byPlane == null)
                {
                    _byPlane = Group();
                }
                return _byPlane;
            }
        }

        private Dictionary<int, List<VVector[]>> Group()
        {
            Dictionary<int, List<VVector[]>> groups = new Dictionary<int, List<VVector[]>>();
            if (Points == null)
            {
                return groups;
            }
            double[] numbers = Points.ReadDoubles();
            int at = 0;
            foreach (int count in PointsPerContour)
            {
                VVector[] contour = new VVector[count];
                for (int n = 0; n < count; n++, at += 3)
                {
                    contour[n] = new VVector(numbers[at], numbers[at + 1], numbers[at + 2]);
                }
                int plane = (int)Math.Round(Set.Image.Grid.Index(contour[0], 2));
                if (!groups.ContainsKey(plane))
                {
                    groups[plane] = new List<VVector[]>();
                }
                groups[plane].Add(contour);
            }
            return groups;
        }
    }
}
