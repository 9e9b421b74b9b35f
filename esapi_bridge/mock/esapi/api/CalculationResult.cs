// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// How a calculation went: nothing but a flag (row 29); the reasons are in Beam.CalculationLogs.
    /// </summary>
    public class CalculationResult
    {
        internal CalculationResult(bool success)
        {
            Success = success;
        }

        /// <summary>Whether it went well.</summary>
        public bool Success { get; private set; }
    }
}
