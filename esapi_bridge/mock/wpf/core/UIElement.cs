using System;

namespace System.Windows
{
    /// <summary>Whether something is shown and takes room.</summary>
    public enum Visibility : byte
    {
        /// <summary>Shown.</summary>
        Visible,

        /// <summary>Takes room, but is not shown.</summary>
        Hidden,

        /// <summary>Not there.</summary>
        Collapsed
    }

    /// <summary>What happened to an element.</summary>
    public class RoutedEventArgs : EventArgs
    {
        /// <summary>The element it happened to.</summary>
        public object Source { get; set; }

        /// <summary>Whether nobody else needs to hear of it.</summary>
        public bool Handled { get; set; }
    }

    /// <summary>Hears of what happened to an element.</summary>
    public delegate void RoutedEventHandler(object sender, RoutedEventArgs e);

    /// <summary>An element of a window. It holds what it is told and is not drawn.</summary>
    public class UIElement : Media.Visual
    {
        /// <summary>An enabled one that is shown.</summary>
        public UIElement()
        {
            IsEnabled = true;
            Opacity = 1;
        }

        /// <summary>Whether it can be used.</summary>
        public bool IsEnabled { get; set; }

        /// <summary>Whether it is shown.</summary>
        public virtual Visibility Visibility { get; set; }

        /// <summary>Whether it is shown: here, whether it is not hidden itself.</summary>
        public virtual bool IsVisible { get { return Visibility == Visibility.Visible; } }

        /// <summary>From 0, not to be seen, to 1.</summary>
        public double Opacity { get; set; }

        /// <summary>Whether the keyboard was given to it: never.</summary>
        public bool Focus()
        {
            return false;
        }
    }
}

namespace System.Windows.Media
{
    /// <summary>Anything that a window may hold.</summary>
    public abstract class Visual : DependencyObject
    {
    }
}
