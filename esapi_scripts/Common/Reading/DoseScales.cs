using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Scales from Eclipse's stored dose to Gy of all fractions, whatever unit the site is set to.</summary>
    public static class DoseScales
    {
        /// <summary>An absolute dose in Gy.</summary>
        /// <exception cref="BridgeException">The value is not an absolute dose.</exception>
        public static double InGy(DoseValue value)
        {
            switch (value.Unit)
            {
                case DoseValue.DoseUnit.Gy: return value.Dose;
                case DoseValue.DoseUnit.cGy: return value.Dose / 100;
                default: throw new BridgeException("a dose must be in Gy or cGy, found " + value.UnitAsString);
            }
        }

        /// <summary>The scale of a dose of a whole plan: planned or evaluation dose.</summary>
        public static LinearScale OfPlan(PlanSetup plan, Dose dose)
        {
            // 100 % is the dose prescribed to the prescribed percentage (1.0 = 100 %).
            double gyPerPercent = InGy(plan.TotalDose) / plan.TreatmentPercentage / 100;
            return LinearScale.Probe(delegate(int count)
            {
                DoseValue value = dose.VoxelToDoseValue(count);
                return value.Unit == DoseValue.DoseUnit.Percent ? value.Dose * gyPerPercent : InGy(value);
            });
        }

        /// <summary>The scale of the dose of one beam, which Eclipse keeps relative and turns into Gy of one fraction.</summary>
        public static LinearScale OfBeam(BeamDose dose, int fractions)
        {
            return LinearScale.Probe(delegate(int count)
            {
                return fractions * InGy(dose.GetAbsoluteBeamDoseValue(dose.VoxelToDoseValue(count)));
            });
        }
    }
}
