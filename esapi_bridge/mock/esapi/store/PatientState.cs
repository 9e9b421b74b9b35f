// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;

namespace EsapiBridge.Mock
{
    /// <summary>An open patient. Closing or discarding ends it; what scripts still hold of it is refused (row 5).</summary>
    internal sealed class PatientState : ObjectState
    {
        internal const string UnknownSex = "Unknown";

        internal readonly MockSession Session;
        internal readonly List<CourseState> Courses = new List<CourseState>();
        internal readonly List<StructureSetState> StructureSets = new List<StructureSetState>();
        internal readonly List<ReferencePointState> ReferencePoints = new List<ReferencePointState>();
        internal readonly List<RegistrationState> Registrations = new List<RegistrationState>();
        internal string Id;
        internal string Sex = UnknownSex;
        internal string LastName;
        internal string FirstName;
        /// <summary>Digest of patient.json as it was read or saved.</summary>
        internal string FileDigest;
        internal bool Closed;
        internal bool ModificationsBegun;
        internal bool Changed;

        internal PatientState(MockSession session)
        {
            Session = session;
        }

        internal Database Database
        {
            get { return Session.Database; }
        }

        /// <summary>The images of the structure sets, each once.</summary>
        internal IEnumerable<ImageState> Images
        {
            get { return StructureSets.Select(s => s.Image).Distinct(); }
        }
    }

    /// <summary>A course.</summary>
    internal sealed class CourseState : ObjectState
    {
        internal readonly List<PlanState> Plans = new List<PlanState>();
        internal readonly List<PlanSumState> Sums = new List<PlanSumState>();
        internal string Id;
        /// <summary>When treatment or planning began; null where nothing says so.</summary>
        internal DateTime? Started;
    }
}
