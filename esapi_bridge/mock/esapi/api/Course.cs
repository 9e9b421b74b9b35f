// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A course of a patient.</summary>
    public partial class Course : ApiDataObject
    {
        internal Course(PatientState patient, CourseState state) : base(patient, state)
        {
        }

        private CourseState Self { get { return (CourseState)State; } }

        internal override string IdText { get { return Self.Id; } }

        /// <summary>Identifier within the patient (row 34).</summary>
        public new string Id
        {
            get { return base.Id; }
            set { Self.Id = NewId(value); Self.Modified = DateTime.Now; Patients.Changed = true; }
        }

        /// <summary>The patient.</summary>
        public Patient Patient { get { Reading(); return new Patient(Patients); } }

        /// <summary>Plans of every kind.</summary>
        public IEnumerable<PlanSetup> PlanSetups { get { return ExternalPlanSetups.Cast<PlanSetup>(); } }

        /// <summary>Plans of external beams.</summary>
        public IEnumerable<ExternalPlanSetup> ExternalPlanSetups
        {
            get { Reading(); return Self.Plans.Select(p => new ExternalPlanSetup(Patients, p)); }
        }

        /// <summary>Whether a plan may be added on a structure set.</summary>
        public bool CanAddPlanSetup(StructureSet structureSet)
        {
            Reading();
            return structureSet != null && Patients.StructureSets.Contains((StructureSetState)structureSet.State);
        }

        /// <summary>
        /// Adds a plan without beams, prescription and normalisation, and a primary reference point of its own, which stays
        /// with the patient when the plan is removed (the first documented, the second assumed; row 57).
        /// </summary>
        public ExternalPlanSetup AddExternalPlanSetup(StructureSet structureSet)
        {
            Writing();
            if (structureSet == null)
            {
                throw new ArgumentNullException("structureSet");
            }
            if (!CanAddPlanSetup(structureSet))
            {
                throw new ArgumentException("expected a structure set of this patient");
            }
            PlanState plan = new PlanState();
            plan.Course = Self;
            plan.StructureSet = (StructureSetState)structureSet.State;
            plan.Orientation = plan.StructureSet.Image.Orientation;
            plan.Uid = Uids.New();
            plan.Id = IdRules.Fresh("Plan", Self.Plans.Select(p => p.Id));
            plan.Created = DateTime.Now;
            plan.Points.Add(PlanPoints.Fresh(Patients, plan.Id));
            return Add(plan);
        }

        /// <summary>Adds a copy of a plan, unapproved, with its beams (known) and its dose (assumed).</summary>
        public PlanSetup CopyPlanSetup(PlanSetup sourcePlan)
        {
            Writing();
            if (sourcePlan == null)
            {
                throw new ArgumentNullException("sourcePlan");
            }
            sourcePlan.Reading();
            string id = IdRules.Fresh("Plan", Self.Plans.Select(p => p.Id));
            return Add(((PlanState)sourcePlan.State).Copy(Self, id));
        }

        /// <summary>Whether a plan may be removed: not an approved one, nor one of a plan sum (row 47, assumed).</summary>
        public bool CanRemovePlanSetup(PlanSetup planSetup)
        {
            Reading();
            return planSetup != null && Self.Plans.Contains((PlanState)planSetup.State) && !IsLocked((PlanState)planSetup.State)
                && !IsSummed(Patients, (PlanState)planSetup.State, null);
        }

        /// <summary>Removes a plan.</summary>
        public void RemovePlanSetup(PlanSetup planSetup)
        {
            Writing();
            if (!CanRemovePlanSetup(planSetup))
            {
                throw new RefusedException("the plan cannot be removed: expected an unapproved plan of this course that no plan sum has");
            }
            planSetup.State.Removed = true;
            Self.Plans.Remove((PlanState)planSetup.State);
            Patients.Changed = true;
        }

#if ESAPI_16
        /// <summary>Whether the course is completed.</summary>
        public bool IsCompleted() { Reading(); return false; }

        /// <summary>Clinical status.</summary>
        public CourseClinicalStatus ClinicalStatus { get { Reading(); return CourseClinicalStatus.Active; } }
#endif

        /// <summary>Whether a plan may no longer be changed or removed.</summary>
        internal static bool IsLocked(PlanState plan)
        {
            return plan.Approval != PlanSetupApprovalStatus.UnApproved && plan.Approval != PlanSetupApprovalStatus.Rejected
                && plan.Approval != PlanSetupApprovalStatus.Unknown;
        }

        private ExternalPlanSetup Add(PlanState plan)
        {
            plan.Changed = true;
            Self.Plans.Add(plan);
            Patients.Changed = true;
            return new ExternalPlanSetup(Patients, plan);
        }
    }
}
