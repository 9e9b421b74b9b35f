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
        /// <summary>Calculation option of the grid, a text in cm.</summary>
        public const string GridOption = "CalculationGridSizeInCM";

        private const string CopyPrefix = "GRID_";

        /// <summary>Adds a copy of a plan with its dose on a grid.</summary>
        /// <param name="course">The course that gets the copy.</param>
        /// <param name="plan">The plan; it is not changed.</param>
        /// <param name="gridCm">Grid in cm, as the calculation option takes it.</param>
        /// <param name="progress">Is noted that there is none.</param>
        /// <returns>The copy; null where Eclipse does not calculate it for a script.</returns>
        /// <exception cref="BridgeException">The option does not exist, or the calculation failed.</exception>
        public static ExternalPlanSetup Copy(ResearchCourse course, ExternalPlanSetup plan, string gridCm, Progress progress)
        {
            ExternalPlanSetup copy = course.AddCopy(plan, CopyPrefix);
            try
            {
                Calculate(copy, gridCm);
                return copy;
            }
            catch (NoCalculationException error)
            {
                course.Remove(copy);
                progress.Note(new BridgeException("the dose was written on the grid of plan " + plan.Id + " instead: " + error.Message
                    + "; 'esapi-bridge scripts install --write-grid source' spares the attempt", error.InnerException));
                return null;
            }
        }

        private static void Calculate(ExternalPlanSetup copy, string gridCm)
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
