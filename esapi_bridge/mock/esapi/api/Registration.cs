// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// A rigid registration (Registration, ESAPI 15.6), from a Spatial Registration object of the export:
    /// <see cref="TransformPoint"/> takes points of the source frame of reference to the registered one
    /// (Registration.TransformPoint, ESAPI 18; row 57), as DICOM's matrix takes them to the registered coordinates.
    /// </summary>
    public class Registration : ApiDataObject
    {
        internal Registration(PatientState patient, RegistrationState state) : base(patient, state)
        {
        }

        private RegistrationState Self { get { return (RegistrationState)State; } }

        internal override string IdText { get { return Self.Id; } }

        /// <summary>SOP instance UID.</summary>
        public string UID { get { Reading(); return Self.Uid; } }

        /// <summary>When it was made.</summary>
        public DateTime? CreationDateTime { get { Reading(); return Self.Created; } }

        /// <summary>Frame of reference that points come from.</summary>
        public string SourceFOR { get { Reading(); return Self.Source; } }

        /// <summary>Frame of reference that points are taken to.</summary>
        public string RegisteredFOR { get { Reading(); return Self.Registered; } }

        /// <summary>Approval; the database holds none.</summary>
        public RegistrationApprovalStatus Status { get { Reading(); return RegistrationApprovalStatus.Unapproved; } }

        /// <summary>When the approval changed: never.</summary>
        public DateTime? StatusDateTime { get { Reading(); return null; } }

        /// <summary>Who changed the approval: nobody.</summary>
        public string StatusUserName { get { Reading(); return ""; } }

        /// <summary>Who changed the approval: nobody.</summary>
        public string StatusUserDisplayName { get { Reading(); return ""; } }

        /// <summary>4x4, [row, column], mm.</summary>
        public double[,] TransformationMatrix
        {
            get
            {
                Reading();
                double[,] matrix = new double[4, 4];
                Buffer.BlockCopy(Self.Matrix, 0, matrix, 0, 16 * sizeof(double));
                return matrix;
            }
        }

        /// <summary>A point, mm, of the source frame of reference in the registered one.</summary>
        public VVector TransformPoint(VVector pt)
        {
            Reading();
            double[] m = Self.Matrix;
            return new VVector(
                m[0] * pt.x + m[1] * pt.y + m[2] * pt.z + m[3],
                m[4] * pt.x + m[5] * pt.y + m[6] * pt.z + m[7],
                m[8] * pt.x + m[9] * pt.y + m[10] * pt.z + m[11]);
        }

        /// <summary>A point, mm, of the registered frame of reference in the source's; the turn is taken back by transposing.</summary>
        public VVector InverseTransformPoint(VVector pt)
        {
            Reading();
            double[] m = Self.Matrix;
            double x = pt.x - m[3], y = pt.y - m[7], z = pt.z - m[11];
            return new VVector(
                m[0] * x + m[4] * y + m[8] * z, m[1] * x + m[5] * y + m[9] * z, m[2] * x + m[6] * y + m[10] * z);
        }
    }
}
