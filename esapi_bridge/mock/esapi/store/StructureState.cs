// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Windows.Media.Media3D;
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
        /// <summary>DICOM mm; null where none was set.</summary>
        internal VVector? UserOrigin;
        internal readonly ScanState Scan = new ScanState();
        private int[][] _columns;

        /// <summary>
        /// Raw values of a plane, y fastest: the order of a buffer [x, y]. Kept, as Eclipse holds the integers of an open
        /// image and not the Hounsfield units of a file. Not to be written to.
        /// </summary>
        internal int[] Columns(int k)
        {
            if (_columns == null)
            {
                _columns = new int[Grid.Size[2]][];
            }
            if (_columns[k] == null)
            {
                _columns[k] = ReadColumns(k);
            }
            return _columns[k];
        }

        /// <summary>Raw value at a point, interpolated; not a number outside the voxel centres.</summary>
        internal double RawAt(VVector point)
        {
            int height = Grid.Size[1];
            return Sampler.Linear(Grid, point, (i, j, k) => Columns(k)[i * height + j]);
        }

        private int[] ReadColumns(int k)
        {
            float[] hounsfield = new float[Grid.PlaneLength];
            Values.ReadFloats(k * hounsfield.Length, hounsfield);
            int[] columns = new int[hounsfield.Length];
            int width = Grid.Size[0];
            int to = 0;
            for (int x = 0; x < width; x++)
            {
                for (int from = x; from < hounsfield.Length; from += width)
                {
                    // Rounded by hand: Math.Round takes most of the time of a CT.
                    double raw = hounsfield[from] + (double)Offset;
                    // Stored values are never negative: what is below is air outside the scanner's range.
                    columns[to++] = raw < 0 ? 0 : (int)(raw + 0.5);
                }
            }
            return columns;
        }
    }

    /// <summary>A structure set and the CT it is drawn on.</summary>
    internal sealed class StructureSetState : ObjectState
    {
        internal readonly List<StructureState> Structures = new List<StructureState>();
        internal string Id;
        internal string Uid;
        internal string PatientKey;
        internal ImageState Image;
        /// <summary>Whether its identifier is not the one that reading gives it by order.</summary>
        internal bool HasOwnId;
        internal bool Changed;

        /// <summary>A copy on the same image, of its own UID.</summary>
        internal StructureSetState Copy(string id)
        {
            StructureSetState copy = new StructureSetState();
            copy.Id = id;
            copy.HasOwnId = true;
            copy.Uid = Uids.New();
            copy.PatientKey = PatientKey;
            copy.Image = Image;
            copy.Structures.AddRange(Structures.ConvertAll(s => s.Copy(copy)));
            return copy;
        }
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
        internal double? AssignedHu;
        /// <summary>What its case says that no member shows: a density assigned to it, and what was left out of it.</summary>
        internal object AssignedDensity, LeftOut;
        /// <summary>Whether its contours are no longer those of Points.</summary>
        internal bool IsRedrawn;
        private bool _isHighResolution;
        private Dictionary<int, List<VVector[]>> _byPlane;
        private Mask _mask;
        private SegmentLine _line;
        private MeshGeometry3D _mesh;

        /// <summary>Whether its segment has the finer voxels.</summary>
        internal bool IsHighResolution
        {
            get { return _isHighResolution; }
            set { _isHighResolution = value; Forget(); }
        }

        /// <summary>Voxels of its segment.</summary>
        internal Lattice Lattice
        {
            get { return new Lattice(Set.Image.Grid, IsHighResolution); }
        }

        /// <summary>The segment: what is inside the contours. Setting it draws contours around it.</summary>
        internal Mask Mask
        {
            get
            {
                _mask = _mask ?? MaskFill.Planes(Lattice, ByPlane);
                return _mask;
            }
            set
            {
                Forget();
                _byPlane = MaskOutline.Planes(value);
                _mask = value;
                IsRedrawn = true;
            }
        }

        /// <summary>Tells of points whether they are inside the contours.</summary>
        internal SegmentLine Line
        {
            get
            {
                _line = _line ?? new SegmentLine(this);
                return _line;
            }
        }

        /// <summary>Surface of the segment.</summary>
        internal MeshGeometry3D Mesh
        {
            get
            {
                _mesh = _mesh ?? MaskSurface.Of(Mask);
                return _mesh;
            }
        }

        /// <summary>The part of the segment on a plane. Setting it draws that plane anew.</summary>
        internal Mask this[int plane]
        {
            get
            {
                List<VVector[]> contours;
                return ByPlane.TryGetValue(plane, out contours)
                    ? MaskFill.Plane(Lattice, plane, contours) : Mask.Empty(Lattice);
            }
            set
            {
                List<VVector[]> contours = MaskOutline.Plane(value, plane);
                ByPlane.Remove(plane);
                if (contours.Count > 0)
                {
                    ByPlane[plane] = contours;
                }
                Forget();
                IsRedrawn = true;
            }
        }

        private void Forget()
        {
            _mask = null;
            _line = null;
            _mesh = null;
        }

        internal StructureState Copy(StructureSetState set)
        {
            StructureState copy = (StructureState)MemberwiseClone();
            copy.Set = set;
            copy.Forget();
            // Lists of a plane are replaced, never changed.
            copy._byPlane = new Dictionary<int, List<VVector[]>>(ByPlane);
            return copy;
        }

        /// <summary>Contours by index of the nearest image plane; one that is there twice is there once.</summary>
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
            foreach (int plane in groups.Keys.ToList())
            {
                groups[plane] = MaskFill.Distinct(Set.Image.Grid, groups[plane]);
            }
            return groups;
        }
    }
}
