// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Who made a plan, who approved it and what surrounds it; texts are empty where nothing is known (row 56).</summary>
    public abstract partial class PlanSetup
    {
        /// <summary>When it was made: as the export says, or when a script made it.</summary>
        public override DateTime? CreationDateTime { get { Reading(); return Self.Created; } }

        /// <summary>Who saved it first: the one user of the mock.</summary>
        public string CreationUserName { get { Reading(); return User.MockUserId; } }

        /// <summary>Intent as in DICOM, or empty.</summary>
        public string PlanIntent { get { Reading(); return Self.Intent; } }

        /// <summary>When it was approved for planning, as text (format of the present culture assumed).</summary>
        public string PlanningApprovalDate { get { return DateText(IsPlanningApproved); } }

        /// <summary>Who approved it for planning.</summary>
        public string PlanningApprover { get { return IsPlanningApproved ? User.MockUserId : ""; } }

        /// <summary>Who approved it for planning, as shown.</summary>
        public string PlanningApproverDisplayName { get { return IsPlanningApproved ? User.MockUserName : ""; } }

        /// <summary>When it was approved for treatment, as text.</summary>
        public string TreatmentApprovalDate { get { return DateText(IsTreatmentApproved); } }

        /// <summary>Who approved it for treatment.</summary>
        public string TreatmentApprover { get { return IsTreatmentApproved ? User.MockUserId : ""; } }

        /// <summary>Who approved it for treatment, as shown.</summary>
        public string TreatmentApproverDisplayName { get { return IsTreatmentApproved ? User.MockUserName : ""; } }

        /// <summary>The changes of approval that are known: the last one, where its time is.</summary>
        public IEnumerable<ApprovalHistoryEntry> ApprovalHistory
        {
            get
            {
                Reading();
                return Self.Approved.HasValue
                    ? new[] { new ApprovalHistoryEntry(Self.Approved.Value, Self.Approval, User.MockUserId, User.MockUserName) }
                    : new ApprovalHistoryEntry[0];
            }
        }

        /// <summary>Whether it has been treated: nobody is in the mock.</summary>
        public bool IsTreated { get { Reading(); return false; } }

        /// <summary>Sessions; nobody is treated in the mock.</summary>
        public IEnumerable<PlanTreatmentSession> TreatmentSessions
        {
            get { Reading(); return Enumerable.Empty<PlanTreatmentSession>(); }
        }

        /// <summary>The prescription of the chart; the database holds none.</summary>
        public RTPrescription RTPrescription { get { Reading(); return null; } }

        /// <summary>Protocol; the database holds none.</summary>
        public string ProtocolID { get { Reading(); return ""; } }

        /// <summary>Phase of the protocol; the database holds none.</summary>
        public string ProtocolPhaseID { get { Reading(); return ""; } }

        /// <summary>Structures with objectives of a protocol: none.</summary>
        public IEnumerable<string> PlanObjectiveStructures { get { Reading(); return Enumerable.Empty<string>(); } }

        /// <summary>Whether it is gated.</summary>
        public bool UseGating
        {
            get { Reading(); return Self.Gated; }
            set { Writing(); Self.Gated = value; Self.Changed = true; }
        }

        /// <summary>The revision before: none in the mock.</summary>
        public PlanSetup PredecessorPlan { get { Reading(); return null; } }

        /// <summary>The series of the plan: documented as null where it has none.</summary>
        public Series Series { get { Reading(); return null; } }

        /// <summary>Where it is normalised: nowhere, the mock normalises by value.</summary>
        public VVector PlanNormalizationPoint
        {
            get { Reading(); return new VVector(double.NaN, double.NaN, double.NaN); }
        }

        // Names of 13.x. The 15.6 assembly has them still, its documentation no more; that they are marked obsolete is assumed.

        /// <summary>Prescribed dose of a fraction.</summary>
        [Obsolete("Use DosePerFraction instead.")]
        public DoseValue PrescribedDosePerFraction { get { return DosePerFraction; } }

        /// <summary>Isodose the dose is prescribed to; 1.0 is 100 %.</summary>
        [Obsolete("Use TreatmentPercentage instead.")]
        public double PrescribedPercentage { get { return TreatmentPercentage; } }

        /// <summary>Prescribed dose.</summary>
        [Obsolete("Use TotalDose instead.")]
        public DoseValue TotalPrescribedDose { get { return TotalDose; } }

        private bool IsPlanningApproved
        {
            get
            {
                Reading();
                return Self.Approval == PlanSetupApprovalStatus.PlanningApproved || IsTreatmentApproved;
            }
        }

        private bool IsTreatmentApproved
        {
            get { Reading(); return Self.Approval == PlanSetupApprovalStatus.TreatmentApproved; }
        }

        private string DateText(bool approved)
        {
            return approved && Self.Approved.HasValue ? Self.Approved.Value.ToString(CultureInfo.CurrentCulture) : "";
        }
    }
}
