// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    public partial class Image
    {
        /// <summary>When it was taken; null where nothing says so.</summary>
        public DateTime? CreationDateTime { get { Reading(); return Self.Created; } }

        /// <summary>Contrast agent; the database holds none.</summary>
        public string ContrastBolusAgentIngredientName { get { Reading(); return ""; } }

        /// <summary>Whether it was processed: no image of the database is.</summary>
        public bool IsProcessed { get { Reading(); return false; } }

        /// <summary>Centre of the shown grey levels, display units: what soft tissue is looked at with (assumed).</summary>
        public int Level { get { Reading(); return 50; } }

        /// <summary>Width of the shown grey levels, display units (assumed).</summary>
        public int Window { get { Reading(); return 400; } }

        /// <summary>Remarks on the user origin: none.</summary>
        public string UserOriginComments { get { Reading(); return ""; } }

        /// <summary>
        /// A point, DICOM mm, as Eclipse shows it, mm: from the user origin along the axes of the room (Image.DicomToUser, ESAPI
        /// 15.6). The plan says how the patient lies, without one the image does (row 57).
        /// </summary>
        public VVector DicomToUser(VVector dicom, PlanSetup planSetup)
        {
            VVector from = dicom - UserOrigin;
            VVector[] axes = RoomAxes(planSetup);
            return new VVector(from.ScalarProduct(axes[0]), from.ScalarProduct(axes[1]), from.ScalarProduct(axes[2]));
        }

        /// <summary>A point as Eclipse shows it, mm, in DICOM coordinates, mm: the way back (row 57).</summary>
        public VVector UserToDicom(VVector user, PlanSetup planSetup)
        {
            VVector[] axes = RoomAxes(planSetup);
            return UserOrigin + axes[0] * user.x + axes[1] * user.y + axes[2] * user.z;
        }

        /// <summary>Display values along a line, DICOM mm, interpolated; not a number outside the image.</summary>
        public ImageProfile GetImageProfile(VVector start, VVector stop, double[] preallocatedBuffer)
        {
            Reading();
            if (preallocatedBuffer == null || preallocatedBuffer.Length < 2)
            {
                throw new ArgumentException("expected a buffer of at least 2 values");
            }
            VVector step = (stop - start) / (preallocatedBuffer.Length - 1);
            for (int n = 0; n < preallocatedBuffer.Length; n++)
            {
                preallocatedBuffer[n] = Self.RawAt(start + step * n) - Self.Offset;
            }
            return new ImageProfile(start, step, preallocatedBuffer, DisplayUnit);
        }

        /// <summary>
        /// Axes of the room in DICOM coordinates: x to the right of who looks at the gantry, y down, z to the gantry. They are
        /// the patient's own, left, posterior and superior, for head first supine.
        /// </summary>
        private VVector[] RoomAxes(PlanSetup planSetup)
        {
            Reading();
            PatientOrientation orientation = planSetup == null ? ImagingOrientation : planSetup.TreatmentOrientation;
            VVector x = SourceDirection.Of(orientation, 90, 0);
            VVector up = SourceDirection.Of(orientation, 0, 0);
            VVector z = new VVector(up.y * x.z - up.z * x.y, up.z * x.x - up.x * x.z, up.x * x.y - up.y * x.x);
            return new[] { x, up * -1, z };
        }
    }
}
