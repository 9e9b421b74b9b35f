#if ESAPI_13
// 13.x only: 15.6 has these members at the plan itself.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    public abstract partial class PlanSetup
    {
        /// <summary>The fractionation of the plan; there is one in the mock.</summary>
        public Fractionation UniqueFractionation { get { Reading(); return new Fractionation(this); } }
    }

    /// <summary>Number of fractions and their dose (Fractionation, ESAPI 13.7).</summary>
    public class Fractionation : ApiDataObject
    {
        private readonly PlanSetup _plan;

        internal Fractionation(PlanSetup plan) : base(plan.Patients, plan.State)
        {
            _plan = plan;
        }

        internal override string IdText { get { return "Fractionation"; } }

        /// <summary>When it was made: with the plan.</summary>
        public DateTime? CreationDateTime { get { return _plan.CreationDateTime; } }

        /// <summary>Number of fractions; null without prescription.</summary>
        public int? NumberOfFractions { get { return _plan.NumberOfFractions; } }

        /// <summary>Prescribed dose of a fraction; not a number without prescription.</summary>
        public DoseValue PrescribedDosePerFraction { get { return _plan.DosePerFraction; } }

        /// <summary>Calculated dose of a fraction at the primary reference point; not a number without one.</summary>
        public DoseValue DosePerFractionInPrimaryRefPoint
        {
            get
            {
#pragma warning disable 612, 618
                return _plan.DosePerFractionInPrimaryRefPoint;
#pragma warning restore 612, 618
            }
        }

        /// <summary>Prescribes.</summary>
        public void SetPrescription(int numberOfFractions, DoseValue prescribedDosePerFraction, double prescribedPercentage)
        {
            _plan.SetPrescription(numberOfFractions, prescribedDosePerFraction, prescribedPercentage);
        }
    }
}
#endif
