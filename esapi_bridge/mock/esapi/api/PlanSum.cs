// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A sum of plans of one frame of reference (row 47).</summary>
    public partial class PlanSum : PlanningItem
    {
        internal PlanSum(PatientState patient, PlanSumState state) : base(patient, state)
        {
        }

        internal PlanSumState Self { get { return (PlanSumState)State; } }

        internal override string IdText { get { return Self.Id; } }

        internal override string NameText { get { return Self.Name; } }

        internal override string CommentText { get { return Self.Comment; } }

        /// <summary>Identifier within the course (row 34).</summary>
        public new string Id
        {
            get { return base.Id; }
            set { Self.Id = NewId(value); Patients.Changed = true; }
        }

#if !ESAPI_16
        /// <summary>The course; of every planning item from 16.1 on (row 37).</summary>
        public Course Course { get { Reading(); return new Course(Patients, Self.Course); } }

#endif
        /// <summary>The plans of the sum (PlanSum.PlanSetups, ESAPI 15.6).</summary>
        public IEnumerable<PlanSetup> PlanSetups
        {
            get { Reading(); return Self.Parts.Select(p => (PlanSetup)new ExternalPlanSetup(Patients, p.Plan)); }
        }

        /// <summary>How each plan enters the sum (PlanSum.PlanSumComponents, ESAPI 16.1).</summary>
        public IEnumerable<PlanSumComponent> PlanSumComponents
        {
            get { Reading(); return Self.Parts.Select(p => new PlanSumComponent(Patients, p)); }
        }

        /// <summary>The structure set that the sum was made on.</summary>
        public override StructureSet StructureSet
        {
            get { Reading(); return new StructureSet(Patients, Self.StructureSet); }
        }

        /// <summary>When it was made; the database does not say.</summary>
        public override DateTime? CreationDateTime { get { Reading(); return null; } }

        /// <summary>The sum of the plans' doses over all their fractions; null while a plan has none (assumed).</summary>
        public override PlanningItemDose Dose
        {
            get
            {
                Reading();
                DoseState dose = Self.CurrentDose;
                return dose == null ? null : new PlanningItemDose(Patients, Self, dose);
            }
        }

        /// <summary>
        /// Absolute. Only absolute doses are supported for sums (PlanningItem.GetDVHCumulativeData, ESAPI 15.6); that relative
        /// is refused here is assumed.
        /// </summary>
        public override DoseValuePresentation DoseValuePresentation
        {
            get { Reading(); return DoseValuePresentation.Absolute; }
            set
            {
                Reading();
                if (value != DoseValuePresentation.Absolute)
                {
                    throw new ArgumentException("expected absolute doses: only those are supported for sums of plans");
                }
            }
        }
    }

    /// <summary>A plan within a sum.</summary>
    public partial class PlanSumComponent : ApiDataObject
    {
        internal PlanSumComponent(PatientState patient, PlanSumPart part) : base(patient, part)
        {
        }

        private PlanSumPart Self { get { return (PlanSumPart)State; } }

        internal override string IdText { get { return Self.Plan.Id; } }

        /// <summary>Identifier of the plan within its course (PlanSumComponent.PlanSetupId, ESAPI 16.1).</summary>
        public string PlanSetupId { get { Reading(); return Self.Plan.Id; } }

        /// <summary>Whether the plan's dose is added or subtracted.</summary>
        public PlanSumOperation PlanSumOperation
        {
            get { Reading(); return Self.Subtracted ? PlanSumOperation.Subtraction : PlanSumOperation.Addition; }
        }

        /// <summary>Weight of the plan's dose.</summary>
        public double PlanWeight { get { Reading(); return Self.Weight; } }
    }
}
