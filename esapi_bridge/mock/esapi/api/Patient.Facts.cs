// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    public partial class Patient
    {
        /// <summary>Sex as Eclipse writes it: Male, Female, Other, Unknown (the words assumed).</summary>
        public string Sex { get { Reading(); return Patients.Sex; } }

        /// <summary>Date of birth: never in the database.</summary>
        public DateTime? DateOfBirth { get { Reading(); return null; } }

        /// <summary>Social security number: never in the database.</summary>
        public string SSN { get { Reading(); return ""; } }

        /// <summary>When the patient came into the database.</summary>
        public DateTime? CreationDateTime { get { Reading(); return Patients.Created; } }

        /// <summary>The primary oncologist: none in the database; an empty text is assumed.</summary>
        public string PrimaryOncologistId { get { Reading(); return ""; } }

        /// <summary>The hospital.</summary>
        public Hospital Hospital { get { Reading(); return new Hospital(Patients); } }

        /// <summary>Studies of the images, each once.</summary>
        public IEnumerable<Study> Studies
        {
            get { Reading(); return Study.Of(Patients); }
        }

        /// <summary>Rigid registrations that the exports held.</summary>
        public IEnumerable<Registration> Registrations
        {
            get { Reading(); return Patients.Registrations.Select(r => new Registration(Patients, r)); }
        }

#if ESAPI_16
        /// <summary>Reference points of all plans.</summary>
        public IEnumerable<ReferencePoint> ReferencePoints
        {
            get { Reading(); return Patients.ReferencePoints.Select(p => new ReferencePoint(Patients, p)); }
        }
#endif

        /// <summary>Whether an image of another patient can be copied: never in the mock.</summary>
        public bool CanCopyImageFromOtherPatient(
            Study targetStudy, string otherPatientId, string otherPatientStudyId, string otherPatient3DImageId,
            out string errorMessage)
        {
            Reading();
            errorMessage = "not in the mock: CopyImageFromOtherPatient";
            return false;
        }

        /// <summary>Not in the mock.</summary>
        public StructureSet CopyImageFromOtherPatient(
            string otherPatientId, string otherPatientStudyId, string otherPatient3DImageId)
        {
            Writing();
            throw new NotSupportedException("not in the mock: CopyImageFromOtherPatient");
        }

        /// <summary>Not in the mock.</summary>
        public StructureSet CopyImageFromOtherPatient(
            Study targetStudy, string otherPatientId, string otherPatientStudyId, string otherPatient3DImageId)
        {
            return CopyImageFromOtherPatient(otherPatientId, otherPatientStudyId, otherPatient3DImageId);
        }
    }

    /// <summary>A hospital.</summary>
    public class Hospital : ApiDataObject
    {
        internal Hospital(PatientState patient) : base(patient, patient)
        {
        }

        internal override string IdText { get { return "Mock"; } }

        internal override string NameText { get { return "Mock hospital"; } }

        /// <summary>When it came into the database: nobody knows.</summary>
        public DateTime? CreationDateTime { get { Reading(); return null; } }

        /// <summary>Where it is: nowhere.</summary>
        public string Location { get { Reading(); return ""; } }
    }
}
