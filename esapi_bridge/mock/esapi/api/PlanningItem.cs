// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>What has a dose: a plan or a sum of plans.</summary>
    public abstract partial class PlanningItem : ApiDataObject
    {
        internal PlanningItem(PatientState patient, PlanningItemState state) : base(patient, state)
        {
        }

#if ESAPI_16
        /// <summary>The course; of plans and sums alone before 16.1 (row 37).</summary>
        public Course Course { get { Reading(); return new Course(Patients, Item.Course); } }

#endif
        /// <summary>The dose; null if there is none (row 13).</summary>
        public abstract PlanningItemDose Dose { get; }

        /// <summary>Whether the dose is shown relative or absolute; needs no right to write (row 11, assumed).</summary>
        public abstract DoseValuePresentation DoseValuePresentation { get; set; }

        /// <summary>When it was made; null where nothing says so.</summary>
        public abstract DateTime? CreationDateTime { get; }

        /// <summary>The structure set.</summary>
        public abstract StructureSet StructureSet { get; }
    }
}
