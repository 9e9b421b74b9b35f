using System;
using System.Globalization;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Normalises a calculated plan so that the mean dose of its target is a given one.</summary>
    public static class Normalisation
    {
        /// <summary>How near the mean must be, as a share of what is wanted.</summary>
        private const double AllowedShare = 1e-3;

        /// <summary>Sets the plan's normalisation and looks whether Eclipse's dose followed.</summary>
        /// <param name="plan">A plan with dose; its normalisation is changed.</param>
        /// <param name="target">Id of the target structure.</param>
        /// <param name="wantedGy">Mean dose that it shall have, Gy of all fractions.</param>
        /// <returns>The dose afterwards.</returns>
        /// <exception cref="BridgeException">The mean dose is not as wanted.</exception>
        public static StructureDose Set(ExternalPlanSetup plan, string target, double wantedGy)
        {
            double now = plan.PlanNormalizationValue;
            if (double.IsNaN(now))
            {
                plan.PlanNormalizationValue = now = 100;
            }
            // The dose goes with 1 / value: the value is the isodose that is called 100 %.
            plan.PlanNormalizationValue = now * StructureDose.Of(plan, target).MeanGy / wantedGy;
            StructureDose found = StructureDose.Of(plan, target);
            if (!(Math.Abs(found.MeanGy - wantedGy) <= AllowedShare * wantedGy))
            {
                throw new BridgeException(string.Format(
                    CultureInfo.InvariantCulture,
                    "the normalised plan must have a mean dose of {0:0.00} Gy in {1}, found {2:0.00} Gy",
                    wantedGy,
                    target,
                    found.MeanGy));
            }
            return found;
        }
    }
}
