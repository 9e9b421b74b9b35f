using System;
using System.Globalization;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Gets a dose that has a fine grid. Eclipse lets nobody choose the grid of an evaluation dose; it has that of the
    /// dose it is copied from. So a copy of the plan is calculated on a fine grid once, and removed when it has served.
    /// </summary>
    public static class FineGrid
    {
        private const string GridOption = "CalculationGridSizeInCM";

        /// <summary>Calculates the copy of a plan on a grid.</summary>
        /// <param name="copy">A copy of the plan; it is changed.</param>
        /// <param name="gridCm">Grid in cm, as the calculation option takes it.</param>
        /// <exception cref="BridgeException">The option does not exist, or the calculation failed.</exception>
        /// <exception cref="NoCalculationException">Eclipse does not calculate this plan for a script.</exception>
        public static void Calculate(ExternalPlanSetup copy, string gridCm)
        {
            string model = copy.PhotonCalculationModel;
            if (!copy.SetCalculationOption(model, GridOption, gridCm))
            {
                throw new BridgeException("the dose model " + model + " must take a grid of " + gridCm
                    + " cm, it does not: set write_grid to source with 'esapi-bridge scripts install'");
            }
            if (!Calculations.Run(copy.CalculateDose, "the dose of the copy on a grid of " + gridCm + " cm") || copy.Dose == null)
            {
                throw new BridgeException("the dose of the copy must be calculated on a grid of " + gridCm + " cm, it was not: "
                    + CalculationLogs.Text(copy));
            }
            RequireGrid(copy.Dose, double.Parse(gridCm, CultureInfo.InvariantCulture) * 10);
        }

        private static void RequireGrid(Dose dose, double mm)
        {
            if (Math.Max(dose.XRes, dose.YRes) > 1.01 * mm)
            {
                throw new BridgeException(string.Format(
                    CultureInfo.InvariantCulture,
                    "the fine dose must have a grid of {0:G4} mm, found {1:G4} mm: the dose model does not offer it",
                    mm,
                    Math.Max(dose.XRes, dose.YRes)));
            }
        }
    }
}
