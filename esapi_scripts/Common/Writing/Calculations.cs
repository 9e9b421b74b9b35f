using System;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Eclipse does not calculate this plan for a script; holds what it said.</summary>
    public sealed class NoCalculationException : BridgeException
    {
        /// <summary>Makes the error.</summary>
        public NoCalculationException(string message, Exception cause) : base(message, cause)
        {
        }

        /// <summary>Refused: by Eclipse.</summary>
        public override ExitCode Code
        {
            get { return ExitCode.Refused; }
        }
    }

    /// <summary>
    /// Eclipse's calculations. They say by their result that they failed; but Eclipse 15 throws for a plan without "a dose
    /// matrix", for which it does not calculate from a plug-in script at all.
    /// </summary>
    public static class Calculations
    {
        /// <summary>Runs a calculation.</summary>
        /// <param name="calculate">The calculation.</param>
        /// <param name="what">What is calculated, for the message.</param>
        /// <returns>Whether it succeeded.</returns>
        /// <exception cref="NoCalculationException">Eclipse threw.</exception>
        public static bool Run(Func<CalculationResult> calculate, string what)
        {
            try
            {
                return calculate().Success;
            }
            catch (Exception error)
            {
                throw new NoCalculationException("Eclipse does not let a script calculate " + what, error);
            }
        }
    }
}
